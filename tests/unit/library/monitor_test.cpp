// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <optional>

#include "../../support/temp_folder.h"
#include "support.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;

TEST(Monitor, StartsWithOneLineAndTellsHowItDoes) {
  auto monitor = Monitor::start({.interval = 10s});
  ASSERT_TRUE(monitor) << monitor.error().text();
  EXPECT_TRUE(monitor->running());
  ASSERT_TRUE(is_ready(*monitor));
  const nlohmann::json told = health(*monitor);
  EXPECT_EQ(told.at("status"), "ok");
  EXPECT_EQ(told.at("collector"), "procfs") << "of itself alone, /proc costs the least";
  EXPECT_EQ(told.at("interval_seconds"), 10.0);
  EXPECT_EQ(monitor->http_port(), 0);
}

TEST(Monitor, HasOneThreadThatTakesNoSignals) {
  if (!kThreadsAreOurs) GTEST_SKIP() << "ThreadSanitizer has a thread of its own";
  const auto masks = thread_fields("SigBlk");
  struct sigaction before {};
  sigaction(SIGTERM, nullptr, &before);
  const std::size_t others = threads();
  auto monitor = Monitor::start();
  ASSERT_TRUE(monitor);
  ASSERT_TRUE(is_ready(*monitor));
  EXPECT_EQ(threads(), others + 1);
  auto now = thread_fields("SigBlk");
  const std::uint64_t blocked = std::stoull(now.at("pmon"), nullptr, 16);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGUSR1, SIGALRM, SIGPROF}) {
    EXPECT_NE(blocked >> (signal - 1) & 1, 0U) << strsignal(signal);
  }
  EXPECT_EQ(blocked >> (SIGSEGV - 1) & 1, 0U) << "the program's crash handler is told";
  now.erase("pmon");
  EXPECT_EQ(now, masks);
  struct sigaction after {};
  sigaction(SIGTERM, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

TEST(Monitor, AHundredStartsAndStopsLeaveNothing) {
  { auto warm_up = Monitor::start({.interval = 1h}); }
  const std::size_t threads_before = threads();
  const std::size_t files_before = open_files();
  for (int i = 0; i < 100; ++i) {
    auto monitor = Monitor::start({.interval = 1h, .listen = i % 10 == 0 ? "127.0.0.1:0" : ""});
    ASSERT_TRUE(monitor) << monitor.error().text();
    monitor->stop();
    EXPECT_FALSE(monitor->running());
  }
  EXPECT_EQ(threads(), threads_before);
  EXPECT_EQ(open_files(), files_before);
}

TEST(Monitor, StopsOnceHoweverOftenAndByWhomever) {
  auto monitor = Monitor::start({.interval = 1h});
  ASSERT_TRUE(monitor);
  std::vector<std::jthread> all;
  for (int i = 0; i < 4; ++i) all.emplace_back([&] { monitor->stop(); });
  all.clear();
  monitor->stop();
  EXPECT_EQ(health(*monitor).at("status"), "stopped");
  EXPECT_EQ(health(*monitor).at("alive"), false);
  EXPECT_FALSE(monitor->alerts());
  Monitor moved = std::move(*monitor);
  monitor->stop();  // NOLINT(bugprone-use-after-move): allowed
  EXPECT_FALSE(monitor->running());
  EXPECT_THAT(monitor->health(), HasSubstr("stopped"));
  moved.stop();
}

TEST(Monitor, ThereMayBeTwo) {
  auto first = Monitor::start({.interval = 100ms});
  auto second = Monitor::start({.interval = 200ms});
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(is_ready(*first) && is_ready(*second));
  first->stop();
  EXPECT_EQ(health(*second).at("status"), "ok");
  EXPECT_EQ(health(*second).at("interval_seconds"), 0.2);
}

TEST(Monitor, AnAlertAboutTheProgramArrives) {
  const TempFolder folder;
  Told told;
  auto monitor = Monitor::start({.interval = 100ms,
                                 .default_rules = false,
                                 .rule_files = {folder.write("rules.yml", kHoardRule)},
                                 .on_alert = told.on_alert()});
  ASSERT_TRUE(monitor) << monitor.error().text();
  ASSERT_TRUE(is_ready(*monitor));
  EXPECT_TRUE(told.alerts().empty());
  std::optional<Hoard> hoard(64 << 20);
  ASSERT_TRUE(wait_until([&] { return told.alerts().size() == 1; }));
  const auto active = monitor->alerts();
  ASSERT_TRUE(active) << active.error().text();
  ASSERT_EQ(active->size(), 1U);
  EXPECT_EQ(active->front().labels.at("pid"), std::to_string(getpid()));
  hoard.reset();
  ASSERT_TRUE(wait_until([&] { return told.alerts().size() == 2; }));

  const MonitorAlert fired = told.alerts()[0];
  EXPECT_TRUE(fired.firing);
  EXPECT_EQ(fired.name, "Hoards");
  EXPECT_EQ(fired.reason, "fired");
  EXPECT_GT(fired.value, 32e6);
  EXPECT_EQ(fired.annotations.at("summary"), "pid " + std::to_string(getpid()) + " hoards");
  const auto age = std::chrono::system_clock::now() - fired.time;
  EXPECT_TRUE(age > -1s && age < 60s);
  const nlohmann::json line = nlohmann::json::parse(fired.json);
  EXPECT_EQ(line.at("type"), "alert");
  EXPECT_FALSE(line.at("evidence").empty());
  EXPECT_FALSE(told.alerts()[1].firing);
}

TEST(Monitor, WatchesOthersThatTheProgramNames) {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const TempFolder folder;
  Told told;
  auto monitor = Monitor::start({.interval = 100ms,
                                 .self = false,
                                 .pids = {child},
                                 .default_rules = false,
                                 .rule_files = {folder.write("rules.yml", kAlwaysRule)},
                                 .on_alert = told.on_alert()});
  ASSERT_TRUE(monitor) << monitor.error().text();
  EXPECT_TRUE(wait_until([&] { return told.alerts().size() == 1; }));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(wait_until([&] { return told.alerts().size() == 2; }));
  EXPECT_EQ(told.alerts()[0].labels.at("pid"), std::to_string(child));
  EXPECT_EQ(told.alerts()[1].reason, "exited");
}

TEST(Monitor, AChildHasNone) {
  const TempFolder folder;
  std::atomic<int> told = 0;
  auto monitor = Monitor::start({.interval = 100ms,
                                 .rule_files = {folder.write("rules.yml", kAlwaysRule)},
                                 .on_notice = [&](const MonitorNotice&) { ++told; }});
  ASSERT_TRUE(monitor);
  ASSERT_TRUE(is_ready(*monitor));
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // whoever waits here waits for ever
    const bool alone = threads() == 1 && !monitor->running();
    monitor->stop();
    const bool quiet = !monitor->alerts() && monitor->health().find("stopped") != std::string::npos;
    { const Monitor gone = std::move(*monitor); }
    _exit(alone && quiet ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(monitor->running());
}

TEST(Monitor, WhatIsWrongIsTold) {
  const auto why = [](MonitorOptions options) {
    const auto monitor = Monitor::start(std::move(options));
    return monitor ? "" : monitor.error().text();
  };
  EXPECT_EQ(why({.interval = 10ms}), "MonitorOptions.interval: 10 ms is not from 100 ms to 1 h");
  EXPECT_EQ(why({.self = false}), "there is nothing to watch (set MonitorOptions.self, pids or names)");
  EXPECT_THAT(why({.pids = {-1}}), HasSubstr("-1 is no pid"));
  EXPECT_THAT(why({.pids = {0x3FFFFFFF}}), HasSubstr("1073741823"));
  EXPECT_THAT(why({.names = {"("}}), HasSubstr("missing )"));
  EXPECT_THAT(why({.rule_files = {"/nonexistent.yml"}}), HasSubstr("/nonexistent.yml"));
  EXPECT_THAT(why({.config_file = "/nonexistent.yaml"}), HasSubstr("/nonexistent.yaml"));
  EXPECT_THAT(why({.listen = "nowhere"}), HasSubstr("nowhere"));
  const TempFolder folder;
  EXPECT_THAT(why({.config_file = folder.write("pmon.yaml", "rules:\n  fils: []\n")}),
              HasSubstr("pmon.yaml:2:3: unknown key 'fils' in 'rules' (did you mean 'files'?)"));
}

}  // namespace
}  // namespace pmon::test
