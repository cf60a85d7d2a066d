// SPDX-License-Identifier: Apache-2.0
#include "cli/watch_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../golden/golden.h"

namespace pmon::cli {
namespace {

using monitor::CollectorChoice;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WatchWords parsed(const Words& words) {
  auto result = parse_watch(words);
  EXPECT_TRUE(result.has_value()) << result.error().text();
  return result && *result ? **result : WatchWords{};
}

std::string refused(const Words& words) {
  const auto result = parse_watch(words);
  if (result) return "accepted";
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
  EXPECT_FALSE(result.error().remedy.empty()) << result.error().message;
  return result.error().text();
}

TEST(WatchWords, Defaults) {
  const WatchWords words = parsed({"--pid", "1"});
  EXPECT_THAT(words.options.pids, ElementsAre(1));
  EXPECT_THAT(words.options.command, IsEmpty());
  EXPECT_TRUE(words.options.children);
  EXPECT_FALSE(words.options.wait);
  EXPECT_EQ(words.options.interval_ms, 1000);
  EXPECT_EQ(words.options.duration_ms, std::nullopt);
  EXPECT_FALSE(words.options.samples);
  EXPECT_TRUE(words.options.default_rules);
  EXPECT_EQ(words.options.textfile, std::nullopt);
  EXPECT_EQ(words.options.collector, CollectorChoice::kAuto);
  EXPECT_EQ(words.options.max_series, 200U);
  EXPECT_EQ(words.options.ledger_slots, std::nullopt);
  EXPECT_EQ(words.options.ring_bytes, std::nullopt);
  EXPECT_FALSE(words.json);
  EXPECT_FALSE(words.fail_on_alert);
  EXPECT_EQ(words.log_level, "warn");
}

TEST(WatchWords, EveryOption) {
  const WatchWords words = parsed({"--name",
                                   "nginx|php",
                                   "--name",
                                   "^x$",
                                   "--unit",
                                   "a",
                                   "--cgroup",
                                   "/b",
                                   "--wait",
                                   "--no-children",
                                   "--rules",
                                   "r1",
                                   "--rules",
                                   "r2",
                                   "--no-default-rules",
                                   "--fail-on-alert",
                                   "--output",
                                   "json",
                                   "--samples",
                                   "--textfile",
                                   "/t.prom",
                                   "--max-series",
                                   "0",
                                   "--log-level",
                                   "debug",
                                   "--interval",
                                   "100ms",
                                   "--duration=1m30s",
                                   "--collector",
                                   "procfs",
                                   "--ledger-slots",
                                   "64",
                                   "--ring-bytes",
                                   "4096"});
  EXPECT_THAT(words.options.names, ElementsAre("nginx|php", "^x$"));
  EXPECT_THAT(words.options.units, ElementsAre("a"));
  EXPECT_THAT(words.options.cgroups, ElementsAre("/b"));
  EXPECT_TRUE(words.options.wait);
  EXPECT_FALSE(words.options.children);
  EXPECT_THAT(words.options.rule_files, ElementsAre("r1", "r2"));
  EXPECT_FALSE(words.options.default_rules);
  EXPECT_TRUE(words.fail_on_alert);
  EXPECT_TRUE(words.json);
  EXPECT_TRUE(words.options.samples);
  EXPECT_EQ(words.options.textfile, "/t.prom");
  EXPECT_EQ(words.options.max_series, 0U);
  EXPECT_EQ(words.log_level, "debug");
  EXPECT_EQ(words.options.interval_ms, 100);
  EXPECT_EQ(words.options.duration_ms, 90'000);
  EXPECT_EQ(words.options.collector, CollectorChoice::kProcfs);
  EXPECT_EQ(words.options.ledger_slots, 64U);
  EXPECT_EQ(words.options.ring_bytes, 4096U);
}

TEST(WatchWords, PidsComeAsPidofPrintsThem) {
  EXPECT_THAT(parsed({"--pid", "12", "34", "--samples"}).options.pids, ElementsAre(12, 34));
  EXPECT_THAT(parsed({"--pid", "12,34", "--pid", "56", "--pid", "12"}).options.pids, ElementsAre(12, 34, 56));
}

TEST(WatchWords, WhatFollowsTheDashesIsTheCommandsOwn) {
  const WatchWords words = parsed({"--samples", "--", "make", "--pid", "x", "--", "-j8"});
  EXPECT_THAT(words.options.command, ElementsAre("make", "--pid", "x", "--", "-j8"));
  EXPECT_THAT(words.options.pids, IsEmpty());
}

TEST(WatchWords, RefusesWithARemedy) {
  EXPECT_EQ(refused({}), "nothing to watch (give --pid, --name, --unit, --cgroup, or a command after '--')");
  EXPECT_EQ(refused({"--"}), "no command after '--' (see 'pmon watch --help')");
  EXPECT_EQ(refused({"--pid", "1", "--intervall", "1s"}),
            "unknown option '--intervall' (did you mean '--interval'?) (see 'pmon watch --help')");
  EXPECT_EQ(refused({"--pid", "1", "--sample=3"}),
            "unknown option '--sample' (did you mean '--samples'?) (see 'pmon watch --help')");
  EXPECT_EQ(refused({"--name", "x", "stray"}), "unexpected word 'stray' (see 'pmon watch --help')");
  EXPECT_EQ(refused({"--pid", "0"}), "--pid: 0 is not within 1 to 4194304 (see 'pmon watch --help')");
  EXPECT_EQ(refused({"--pid", "1", "80%x"}), "--pid: '80%x' is not a whole number (see 'pmon watch --help')");
  EXPECT_THAT(refused({"--pid"}), HasSubstr("--pid"));
  EXPECT_THAT(refused({"--pid", "1", "--output", "xml"}), HasSubstr("--output: xml not in {text,json}"));
  EXPECT_THAT(refused({"--pid", "1", "--interval", "1s", "--interval", "2s"}), HasSubstr("--interval"));
  EXPECT_THAT(refused({"--pid", "1", "--interval", "2h"}), HasSubstr("2h is not within 100ms to 1h"));
  EXPECT_THAT(refused({"--pid", "1", "--duration", "0s"}), HasSubstr("0s is not within 1ms"));
  EXPECT_THAT(refused({"--pid", "1", "--duration", ""}), HasSubstr("'' is not a duration"));
  EXPECT_EQ(refused({"--pid", "1", "--ring-bytes", "5000"}),
            "--ring-bytes: 5000 is not a power of two (write 4096 or 8192)");
  EXPECT_THAT(refused({"--pid", "1", "--max-series", "-1"}), HasSubstr("--max-series"));
}

TEST(WatchWords, Help) {
  testing::internal::CaptureStdout();
  const auto result = parse_watch({"--help"});
  const std::string help = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->has_value()) << "nothing is to be watched";
  test::expect_golden("watch-help.txt", help);
  for (std::size_t begin = 0; begin < help.size();) {
    const std::size_t end = help.find('\n', begin);
    EXPECT_LE(end - begin, 80U) << help.substr(begin, end - begin);
    begin = end + 1;
  }
}

}  // namespace
}  // namespace pmon::cli
