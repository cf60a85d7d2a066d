// SPDX-License-Identifier: Apache-2.0
#include "monitor/retention.h"

#include <gtest/gtest.h>

#include "rules_of.h"

namespace pmon::monitor {
namespace {

// Of one expression, in seconds; "" is for metrics that are not named.
Timestamp seconds(const std::string& expr, const std::string& metric, const std::set<std::string>& kept = {}) {
  const Retention retention = retention_for(rules_of({"{alert: A, expr: '" + expr + "'}"}), kept, 1000);
  const auto found = retention.in_full.find(metric);
  return (found == retention.in_full.end() ? retention.others_in_full : found->second) / 1000;
}

// Two ticks more than what is looked at.
TEST(Retention, FollowsFromWhatRulesLookAt) {
  EXPECT_EQ(seconds("rate(x[30s]) > 0", "x"), 32);
  EXPECT_EQ(seconds("x offset 90s > 0", "x"), 92);
  EXPECT_EQ(seconds("x > 0", "x"), 2);
  EXPECT_EQ(seconds("x offset -30s > 0", "x"), 2);
  EXPECT_EQ(seconds("x > 0", "y"), 2);
}

TEST(Retention, SubqueriesAddUp) {
  EXPECT_EQ(seconds("max_over_time(rate(x[30s] offset 10s)[2m:5s] offset 1m) > 0", "x"), 30 + 10 + 120 + 60 + 2);
  EXPECT_EQ(seconds("max_over_time((x + y offset 7s)[1m:]) > 0", "y"), 69);
}

TEST(Retention, TheLongestLookCounts) {
  EXPECT_EQ(seconds("x > 0 and x offset 1m > 0 and rate(y[10s]) > 0", "x"), 62);
  EXPECT_EQ(seconds("x > 0 and x offset 1m > 0 and rate(y[10s]) > 0", "y"), 12);
}

TEST(Retention, ASelectorWithoutANameLooksAtAll) {
  const std::string expr = R"(count_over_time({__name__=~"a.*"}[50s]) > 0 and rate(x[10s]) > 0 and y offset 1m)";
  EXPECT_EQ(seconds(expr, "x"), 52);
  EXPECT_EQ(seconds(expr, "y"), 62);
  EXPECT_EQ(seconds(expr, "z"), 52);
}

TEST(Retention, AFixedTimeIsKeptForAsLongAsThereIsAnything) {
  EXPECT_GT(seconds("x @ 1700000000 > 0", "x"), 1'000'000'000);
  EXPECT_EQ(seconds("x @ end() > 0", "x"), 2);
}

TEST(Retention, WhatOthersMayAskAboutIsKeptForFiveMinutes) {
  EXPECT_EQ(seconds("rate(x[10s]) > 0", "x", {"x", "y"}), 302);
  EXPECT_EQ(seconds("rate(x[10s]) > 0", "y", {"x", "y"}), 302);
  EXPECT_EQ(seconds("rate(x[10m]) > 0", "x", {"x"}), 602);
}

}  // namespace
}  // namespace pmon::monitor
