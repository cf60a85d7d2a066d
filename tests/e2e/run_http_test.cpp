// SPDX-License-Identifier: Apache-2.0
// What a daemon's HTTP server takes over from its configuration and its monitor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include <httplib.h>

#include "e2e/daemon.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;

// Of a cost that no test waits for; vectors of crypt_blowfish.
constexpr const char* kOld = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";  // "U*U"
constexpr const char* kNew = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK";  // "U*U*"

std::string users(const std::string& hash) { return "basic_auth_users: {ops: '" + hash + "'}\n"; }

int status_with(const Daemon& daemon, const std::string& password) {
  httplib::Client client("127.0.0.1", daemon.port());
  client.set_basic_auth("ops", password);
  const auto answer = client.Get("/healthz");
  return answer ? answer->status : 0;
}

TEST(RunHttp, AReloadTakesNewPasswordsAndRefusesABrokenFile) {
  const TempFolder folder;
  const std::string web = folder.write("web.yml", users(kOld));
  const std::string yaml = "http: {web_config_file: " + web + "}\nrules: {defaults: false}\n";
  Daemon daemon(yaml, {"--interval", "100ms"});
  EXPECT_EQ(status_with(daemon, "U*U"), 200);
  EXPECT_EQ(status_with(daemon, "U*U*"), 401);

  folder.write("web.yml", users(kNew));
  daemon.reload(yaml);
  ASSERT_TRUE(daemon.child().wait_for_out("\"code\":\"reloaded\"")) << daemon.child().out();
  EXPECT_EQ(status_with(daemon, "U*U"), 401) << "what was right is not remembered";
  EXPECT_EQ(status_with(daemon, "U*U*"), 200);

  folder.write("web.yml", "basic_auth_users: 3\n");
  daemon.reload(yaml);
  ASSERT_TRUE(daemon.child().wait_for_out("\"code\":\"reload_failed\""));
  EXPECT_THAT(daemon.child().out(), HasSubstr(web + ":1:"));
  EXPECT_EQ(status_with(daemon, "U*U*"), 200);
  EXPECT_EQ(status_with(daemon, "U*U"), 401);
}

TEST(RunHttp, OnlySelectorsMeanSeries) {
  const Daemon daemon;
  EXPECT_EQ(daemon.get("/api/v1/series?match[]=pmon_process_threads").status, 200);
  for (const char* const wrong : {"sum(pmon_process_threads)", "pmon_process_threads%5B1m%5D", "(pmon_process_threads)",
                                  "pmon_process_threads%20offset%201m", "1"}) {
    const Daemon::Answer answer = daemon.get(std::string("/api/v1/series?match[]=") + wrong);
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_THAT(answer.body, HasSubstr("no series selector")) << wrong;
  }
}

}  // namespace
}  // namespace pmon::test
