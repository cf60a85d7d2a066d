// SPDX-License-Identifier: Apache-2.0
// The daemon's sinks over a reload, with a state folder, and so with spools.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "e2e/daemon.h"
#include "e2e/server.h"
#include "fixtures/fake_http_server.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

using fixtures::FakeHttpServer;
using testing::HasSubstr;

class RunReload : public testing::Test {
 protected:
  // An alert for every sleep, told at that address.
  std::string yaml(const std::string& url, const std::string& more = "") const {
    return "rules:\n  defaults: false\n  files: [" + rules_ + "]\n" + more +
           "alerting:\n  route: {receiver: hook, group_by: ['...'], group_wait: 0s}\n"
           "  receivers:\n    - name: hook\n      webhook_configs: [{url: '" +
           url + "'}]\n";
  }
  // That of a program which begins now.
  static bool an_alert_arrives_at(const FakeHttpServer& server) {
    Child sleeper({"sleep", "60"});
    const std::string pid = "\"pid\":\"" + std::to_string(sleeper.pid()) + "\"";
    const bool arrived = eventually([&] {
      const auto requests = server.requests();
      return std::ranges::any_of(requests,
                                 [&](const auto& request) { return request.body.find(pid) != std::string::npos; });
    });
    sleeper.signal(SIGKILL);
    return arrived;
  }
  static void reload(Daemon& daemon, const std::string& yaml, const std::string& code) {
    daemon.reload(yaml);
    ASSERT_TRUE(daemon.child().wait_for_out("\"code\":\"" + code + "\"")) << daemon.child().out();
  }

  const TempFolder folder_;
  std::string rules_ = folder_.write("rules.yml",
                                     "groups:\n  - name: mine\n    rules:\n"
                                     "      - {alert: Sleeps, expr: 'pmon_process_threads{comm=\"sleep\"} >= 1'}\n");
  FakeHttpServer one_;
  FakeHttpServer two_;
};

TEST_F(RunReload, AReceiverMovesAndMovesBack) {
  Daemon daemon(yaml(one_.url("/1")), {"--interval", "200ms"});
  ASSERT_TRUE(an_alert_arrives_at(one_));
  reload(daemon, yaml(two_.url("/2")), "reloaded");
  EXPECT_TRUE(an_alert_arrives_at(two_)) << daemon.get("/healthz").body;
  reload(daemon, yaml(one_.url("/3")), "reloaded");
  EXPECT_TRUE(an_alert_arrives_at(one_)) << daemon.get("/healthz").body;
  // As of the last tick.
  const auto sent = [&] { return daemon.json("/healthz").at("sinks").at(0).at("sent").get<int>(); };
  EXPECT_TRUE(eventually([&] { return sent() >= 3; })) << daemon.get("/healthz").body;
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(RunReload, WhatIsWrongLeavesEverythingAtWork) {
  const std::string exporter =
      "export: {http: [{name: http, window: 200ms, spool: true, "
      "metrics: [pmon_self_cpu_seconds_total], url: '" +
      two_.url("/in") + "'}]}\n";
  Daemon daemon(yaml(one_.url(), exporter), {"--interval", "200ms"});
  ASSERT_TRUE(two_.wait_for_requests(1));
  reload(daemon, yaml(one_.url("/elsewhere"), "export: {file: [{path: /nowhere/at/all}]}\n"), "reload_failed");
  EXPECT_TRUE(an_alert_arrives_at(one_)) << daemon.get("/healthz").body;
  EXPECT_TRUE(two_.wait_for_requests(two_.requests().size() + 2)) << daemon.get("/healthz").body;
  const std::string another_kind = "export: {influxdb: [{name: http, url: '" + two_.url("/in") + "', database: d}]}\n";
  daemon.reload(yaml(one_.url(), another_kind));
  EXPECT_TRUE(daemon.child().wait_for_out("cannot become one of kind influxdb")) << daemon.child().out();
  reload(daemon, yaml(one_.url(), exporter), "reloaded");
  EXPECT_TRUE(an_alert_arrives_at(one_)) << daemon.get("/healthz").body;
  EXPECT_TRUE(two_.wait_for_requests(two_.requests().size() + 2)) << daemon.get("/healthz").body;
  for (const nlohmann::json& sink : daemon.json("/healthz").at("sinks")) {
    EXPECT_EQ(sink.value("dropped", nlohmann::json::object()), nlohmann::json::object()) << sink.dump();
  }
}

}  // namespace
}  // namespace pmon::test
