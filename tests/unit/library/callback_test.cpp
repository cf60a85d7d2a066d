// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <memory>
#include <stdexcept>

#include "../../support/temp_folder.h"
#include "support.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;

// A monitor whose callback has it at hand: the first alert comes after it was put there.
struct Held {
  std::atomic<bool> there = false;
  std::unique_ptr<Monitor> monitor;

  void start(MonitorOptions options) {
    auto started = Monitor::start(std::move(options));
    ASSERT_TRUE(started) << started.error().text();
    monitor = std::make_unique<Monitor>(std::move(*started));
    there = true;
  }
  void wait() const {
    while (!there) std::this_thread::yield();
  }
};

MonitorOptions alerting_at_once(const TempFolder& folder) {
  return {.interval = 100ms, .default_rules = false, .rule_files = {folder.write("rules.yml", kAlwaysRule)}};
}

TEST(MonitorCallback, MayStopTheMonitor) {
  const TempFolder folder;
  Held held;
  std::atomic<int> calls = 0;
  MonitorOptions options = alerting_at_once(folder);
  options.on_alert = [&](const MonitorAlert&) {
    held.wait();
    held.monitor->stop();
    ++calls;
  };
  held.start(std::move(options));
  EXPECT_TRUE(wait_until([&] { return !held.monitor->running(); }));
  held.monitor->stop();
  EXPECT_EQ(calls, 1);
}

TEST(MonitorCallback, MayLetGoOfTheMonitor) {
  const TempFolder folder;
  const std::size_t files = open_files();
  Held held;
  std::atomic<bool> gone = false;
  MonitorOptions options = alerting_at_once(folder);
  options.on_alert = [&](const MonitorAlert&) {
    held.wait();
    held.monitor.reset();
    gone = true;
  };
  held.start(std::move(options));
  EXPECT_TRUE(wait_until([&] { return gone && !thread_fields("Name").contains("pmon"); }));
  EXPECT_EQ(open_files(), files);
}

TEST(MonitorCallback, MayAskTheMonitor) {
  const TempFolder folder;
  Held held;
  std::atomic<std::size_t> firing = 0;
  MonitorOptions options = alerting_at_once(folder);
  options.on_alert = [&](const MonitorAlert&) {
    held.wait();
    if (const auto alerts = held.monitor->alerts()) firing = alerts->size();
  };
  held.start(std::move(options));
  EXPECT_TRUE(wait_until([&] { return firing == 1; }));
}

TEST(MonitorCallback, WhatItThrowsIsTold) {
  const TempFolder folder;
  Told told;
  MonitorOptions options = alerting_at_once(folder);
  options.on_alert = [](const MonitorAlert&) { throw std::runtime_error("no room"); };
  options.on_notice = told.on_notice();
  const auto monitor = Monitor::start(std::move(options));
  ASSERT_TRUE(monitor);
  EXPECT_TRUE(wait_until([&] { return !told.notice("callback_failed").empty(); }));
  EXPECT_EQ(told.notice("callback_failed"), "on_alert did not take Always, it threw: no room");
  EXPECT_TRUE(monitor->running());
}

TEST(MonitorCallback, MayEndTheMonitorsThread) {
  auto monitor = Monitor::start({.interval = 100ms, .on_notice = [](const MonitorNotice&) { pthread_exit(nullptr); }});
  ASSERT_TRUE(monitor);
  EXPECT_TRUE(wait_until([&] { return !monitor->running(); }));
  EXPECT_EQ(health(*monitor).at("status"), "stopped");
  EXPECT_FALSE(monitor->alerts());
  monitor->stop();
}

TEST(MonitorCallback, OneThatAlwaysThrowsIsToldOnce) {
  const TempFolder folder;
  std::atomic<int> calls = 0;
  const std::string log = folder.file("log.jsonl");
  const auto monitor = Monitor::start(
      {.interval = 100ms,
       .default_rules = false,
       .config_file = folder.write("pmon.yaml", "export:\n  file:\n    - {path: " + log + ", events: [notice]}\n"),
       .on_notice = [&](const MonitorNotice&) {
         ++calls;
         throw 1;  // NOLINT: not even an exception
       }});
  ASSERT_TRUE(monitor);
  const auto lines = [&] { return folder.read("log.jsonl"); };
  EXPECT_TRUE(wait_until([&] { return lines().find("callback_failed") != std::string::npos; }));
  EXPECT_THAT(lines(), HasSubstr("it threw: something that is no std::exception"));
  std::this_thread::sleep_for(500ms);
  EXPECT_EQ(lines().find("callback_failed"), lines().rfind("callback_failed"));
}

}  // namespace
}  // namespace pmon::test
