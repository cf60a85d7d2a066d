// SPDX-License-Identifier: Apache-2.0
#include "export/text_format.h"

#include <gtest/gtest.h>

#include "support.h"

namespace pmon {
namespace {

TEST(FormatBytes, IsShort) {
  EXPECT_EQ(format_bytes(0), "0B");
  EXPECT_EQ(format_bytes(1023), "1023B");
  EXPECT_EQ(format_bytes(1024), "1.0K");
  EXPECT_EQ(format_bytes(1.25 * 1024 * 1024), "1.2M");
  EXPECT_EQ(format_bytes(1023.9 * 1024 * 1024), "1.0G");
  EXPECT_EQ(format_bytes(128.0 * 1024 * 1024 * 1024 * 1024), "128T");
}

TEST(FormatCount, IsShort) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1250), "1.2k");
  EXPECT_EQ(format_count(3.1e6), "3.1M");
}

TEST(FormatDuration, HasTwoUnitsAtMost) {
  EXPECT_EQ(format_duration(0.005), "0.01s");
  EXPECT_EQ(format_duration(9.99), "9.99s");
  EXPECT_EQ(format_duration(9.999), "10.0s");
  EXPECT_EQ(format_duration(59.96), "1m00s");
  EXPECT_EQ(format_duration(182), "3m02s");
  EXPECT_EQ(format_duration(3599.6), "1h00m");
  EXPECT_EQ(format_duration(86400 * 2 + 3 * 3600), "2d03h");
}

TEST(Wrap, BreaksBetweenWords) {
  EXPECT_EQ(wrap("aaa bbb ccc", 2, 9), "  aaa bbb\n  ccc\n");
  EXPECT_EQ(wrap("aaa bbbb ccc", 0, 7), "aaa\nbbbb\nccc\n");
  EXPECT_EQ(wrap("abcdefghij k", 0, 4), "abcdefghij\nk\n");
  EXPECT_EQ(wrap("a\n\nb", 1, 10), " a\n b\n");
  EXPECT_EQ(wrap("", 4), "");
  EXPECT_EQ(wrap("   x", 0, 10), "   x\n");
}

TEST(AlertSubject, IsTheProcessTheGroupOrWhatThereIs) {
  EXPECT_EQ(alert_subject({{"pid", "1"}, {"comm", "a"}, {"group", "g"}}), "a[1]");
  EXPECT_EQ(alert_subject({{"pid", "1"}}), "?[1]");
  EXPECT_EQ(alert_subject({{"alertname", "X"}, {"severity", "s"}, {"group", "g"}}), "group g");
  EXPECT_EQ(alert_subject({{"alertname", "X"}, {"severity", "s"}, {"target", "t"}}), "{target=\"t\"}");
  EXPECT_EQ(alert_subject({{"alertname", "X"}}), "");
}

TEST(ExitText, NamesTheSignal) {
  EXPECT_EQ(exit_text({3, 0, {}}), "exited with 3");
  EXPECT_EQ(exit_text({0, 11, {}}), "killed by SIGSEGV (11)");
  EXPECT_EQ(exit_text({0, 63, {}}), "killed by signal 63");
  EXPECT_EQ(exit_text({}), "ended");
}

TEST(RateBetween, NeedsBothEndsAndNoReset) {
  const auto at = [](double cpu) { return test::process(1, "a", {{Metric::kCPU, cpu}}).metrics; };
  EXPECT_EQ(rate_between(at(1), at(3), Metric::kCPU, 4), 0.5);
  EXPECT_EQ(rate_between(at(3), at(1), Metric::kCPU, 4), std::nullopt);
  EXPECT_EQ(rate_between(at(1), at(3), Metric::kCPU, 0), std::nullopt);
  EXPECT_EQ(rate_between({}, at(3), Metric::kCPU, 1), std::nullopt);
}

}  // namespace
}  // namespace pmon
