// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "../../support/temp_folder.h"
#include "support.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The whole answer to a GET.
std::string get(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<std::uint16_t>(port)), .sin_addr = {}};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    (void)!write(fd, request.data(), request.size());
    char buffer[4096];
    for (ssize_t got = 0; (got = read(fd, buffer, sizeof buffer)) > 0;) answer.append(buffer, buffer + got);
  }
  close(fd);
  return answer;
}

TEST(MonitorConfiguration, HttpIsServedWhereAskedFor) {
  auto monitor = Monitor::start({.interval = 100ms, .listen = "127.0.0.1:0"});
  ASSERT_TRUE(monitor) << monitor.error().text();
  ASSERT_GT(monitor->http_port(), 0);
  ASSERT_TRUE(is_ready(*monitor));
  const std::string answer = get(monitor->http_port(), "/healthz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr(R"("collector":"procfs")"));
  const std::string metrics = get(monitor->http_port(), "/metrics");
  EXPECT_THAT(metrics, HasSubstr("pid=\"" + std::to_string(getpid()) + "\""));
  EXPECT_THAT(metrics, HasSubstr("pmon_self_cpu_seconds_total"));
  monitor->stop();
  EXPECT_EQ(get(monitor->http_port(), "/healthz"), "");
}

TEST(MonitorConfiguration, SinksHaveTheLastWindowWhenItHasStopped) {
  const TempFolder folder;
  auto monitor = Monitor::start(
      {.interval = 100ms,
       .config_file = folder.write(
           "pmon.yaml", "export:\n  file:\n    - {path: " + folder.file("metrics.jsonl") + ", window: 1h}\n")});
  ASSERT_TRUE(monitor) << monitor.error().text();
  ASSERT_TRUE(is_ready(*monitor));
  EXPECT_THAT(folder.read("metrics.jsonl"), testing::Not(HasSubstr("pmon_process_threads")));
  monitor->stop();
  EXPECT_THAT(folder.read("metrics.jsonl"), HasSubstr("pmon_process_threads"));
}

TEST(MonitorConfiguration, TheProgramGoesBeforeTheFileAndTheEnvironmentIsLeftOut) {
  const TempFolder folder;
  const std::string file = folder.write("pmon.yaml", "collect: {interval: 5s}\nhttp: {listen: '127.0.0.1:0'}\n");
  setenv("PMON_COLLECT_INTERVAL", "1h", 1);
  setenv("PMON_HTTP_LISTEN", "nowhere", 1);
  auto by_file = Monitor::start({.config_file = file});
  auto by_program = Monitor::start({.interval = 2s, .config_file = file});
  auto by_nobody = Monitor::start();
  unsetenv("PMON_COLLECT_INTERVAL");
  unsetenv("PMON_HTTP_LISTEN");
  ASSERT_TRUE(by_file && by_program && by_nobody);
  EXPECT_EQ(health(*by_file).at("interval_seconds"), 5.0);
  EXPECT_GT(by_file->http_port(), 0);
  EXPECT_EQ(health(*by_program).at("interval_seconds"), 2.0);
  EXPECT_EQ(health(*by_nobody).at("interval_seconds"), 1.0);
  EXPECT_EQ(by_nobody->http_port(), 0);
}

TEST(MonitorConfiguration, AlertsOfEveryReceiverReachTheProgram) {
  const TempFolder folder;
  folder.write("rules.yml", kAlwaysRule);
  Told told;
  auto monitor = Monitor::start({.interval = 100ms,
                                 .config_file = folder.write("pmon.yaml",
                                                             "rules: {defaults: false, files: [rules.yml]}\n"
                                                             "alerting:\n"
                                                             "  route: {receiver: team, group_wait: 0s}\n"
                                                             "  receivers: [{name: team}]\n"),
                                 .on_alert = told.on_alert()});
  ASSERT_TRUE(monitor) << monitor.error().text();
  ASSERT_TRUE(wait_until([&] { return !told.alerts().empty(); }));
  EXPECT_EQ(told.alerts()[0].receiver, "team");
}

// What the monitor's thread costs, as the kernel counts it.
TEST(MonitorTiming, ALookCostsLessThanAThousandthOfTenSeconds) {
  auto monitor = Monitor::start({.interval = 100ms});
  ASSERT_TRUE(monitor);
  ASSERT_TRUE(is_ready(*monitor));
  const auto cpu_seconds = [] {
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
      std::string name;
      double ns = 0;
      std::ifstream(thread.path() / "comm") >> name;
      std::ifstream(thread.path() / "schedstat") >> ns;
      if (name == "pmon") return ns * 1e-9;
    }
    return 1e9;
  };
  const double before = cpu_seconds();
  const auto looks = std::chrono::seconds(3) / 100ms;
  std::this_thread::sleep_for(3s);
  const double each = (cpu_seconds() - before) / static_cast<double>(looks);
  RecordProperty("seconds_per_look", std::to_string(each));
  EXPECT_LT(each, 0.001 * 10);
  EXPECT_GT(each, 0);
}

}  // namespace
}  // namespace pmon::test
