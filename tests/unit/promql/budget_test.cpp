// SPDX-License-Identifier: Apache-2.0
// An evaluation ends: what it may do is counted, the same for the same expression over the same store.
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/promql.h"

namespace pmon::promql {
namespace {

using ::testing::HasSubstr;

// Ten processes, a minute of ticks.
class Budgets : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int tick = 0; tick < 60; ++tick) {
      store_.begin_tick(tick * 1000);
      for (int i = 0; i < 10; ++i) {
        const Labels labels{{"pid", std::to_string(i)}};
        store_.append(store_.open("x", labels), (tick * 7 + i) % 10);
      }
    }
  }

  // What of `work` was left; nothing where it did not do.
  std::optional<std::uint64_t> left(std::string_view text, std::uint64_t work, std::string* error = nullptr) {
    Budget budget(work);
    const auto value = evaluate(*Expr::parse(text), store_, 59'000, {.budget = &budget});
    if (!value && error != nullptr) *error = value.error().text();
    return value ? std::optional(budget.left()) : std::nullopt;
  }
  std::string error(std::string_view text, std::uint64_t work) {
    std::string error;
    EXPECT_FALSE(left(text, work, &error)) << text;
    return error;
  }

  SeriesStore store_;
};

TEST_F(Budgets, SubqueriesOfSubqueriesEndWithTheRemedy) {
  constexpr const char* kTwice = "count_over_time(count_over_time(x[1d:1s])[1d:1s])";
  EXPECT_THAT(error(kTwice, kQueryWork), HasSubstr("would look at too many samples (take shorter ranges"));
  EXPECT_THAT(error(kTwice, kRuleWork), HasSubstr("too many samples"));
  const auto without = evaluate(*Expr::parse(kTwice), store_, 59'000);
  ASSERT_FALSE(without) << "rules have a bound that nobody has to ask for";
}

TEST_F(Budgets, AQueryOverARangeHasOneForAllItsPoints) {
  const Expr expr = *Expr::parse("max_over_time(x[1d:1s])");
  Budget budget(kQueryWork);
  EXPECT_TRUE(evaluate(expr, store_, 59'000, {.budget = &budget})) << "one point is nothing";
  const auto matrix = evaluate_range(expr, store_, {0, 11'000'000, 1000}, {.budget = &budget});
  ASSERT_FALSE(matrix);
  EXPECT_THAT(matrix.error().text(), HasSubstr("too many samples"));
}

TEST_F(Budgets, WhatIsLeftIsTheSameEachTime) {
  for (const char* text : {"x", "rate(x[1m])", "sum by (pid) (x) / on (pid) x", "stddev_over_time(x[30s:1s])"}) {
    const auto once = left(text, kQueryWork);
    ASSERT_TRUE(once) << text;
    EXPECT_EQ(left(text, kQueryWork), once) << text;
    const std::uint64_t needed = kQueryWork - *once;
    EXPECT_EQ(left(text, needed), 0U) << text;
    EXPECT_FALSE(left(text, needed - 1)) << text;
  }
}

TEST_F(Budgets, ALongRangeOfShortStepsIsPossible) {
  EXPECT_TRUE(left("count_over_time(x[3d:1s])", kRuleWork));
  EXPECT_TRUE(left("count_over_time(x[3d:1s])", kQueryWork));
}

// Of a process that was there for three ticks of an hour: as a day's worth of them, this is any host with shell
// scripts.
TEST_F(Budgets, ASeriesCostsTheSamplesThatItHas) {
  SeriesStore store;
  for (int tick = 0; tick < 3600; ++tick) {
    store.begin_tick(tick * 1000);
    for (int i = tick; i > tick - 3; --i)
      store.append(store.open("short", {{"pid", std::to_string(i)}}), i % 7 + tick % 3);
  }
  const auto spent = [&store](std::string_view text) {
    Budget budget(kRuleWork);
    EXPECT_TRUE(evaluate(*Expr::parse(text), store, 3'599'000, {.budget = &budget})) << text;
    return kRuleWork - budget.left();
  };
  EXPECT_LT(spent("max_over_time(short[1h])"), 3600U * 200);
}

// A panel of Grafana over six hours, where the last minute is all that there is.
TEST_F(Budgets, StepsBeforeAnythingWasKeptCostNextToNothing) {
  const Expr expr = *Expr::parse("rate(x{pid!=\"\"}[1m])");
  const auto spent = [&](Timestamp start) {
    Budget budget(kQueryWork);
    EXPECT_TRUE(evaluate_range(expr, store_, {start, 59'000, 15'000}, {.budget = &budget}));
    return kQueryWork - budget.left();
  };
  EXPECT_LT(spent(59'000 - 1440 * 15'000), spent(59'000 - 10 * 15'000) + 1440 * 200);
}

TEST_F(Budgets, LabelsDoNotGrowWithoutEnd) {
  std::string doubled = "x";
  std::string repeated = "x";
  for (int i = 0; i < 60; ++i) {
    doubled = "label_join(" + doubled + ", \"pid\", \"\", \"pid\", \"pid\")";
    repeated = "label_replace(" + repeated + ", \"pid\", \"$1$1\", \"pid\", \"(.*)\")";
  }
  EXPECT_THAT(error(doubled, kRuleWork), HasSubstr("too many samples"));
  EXPECT_THAT(error(repeated, kRuleWork), HasSubstr("too many samples"));
}

TEST(EvaluateRange, GivesAPointAtEachStepThatHasAValue) {
  SeriesStore store;
  for (int tick = 0; tick < 4; ++tick) {
    store.begin_tick(tick * 1000);
    store.append(store.open("x", {{"pid", "1"}}), tick);
    if (tick > 1) store.append(store.open("x", {{"pid", "0"}}), 9);
  }
  const auto matrix = evaluate_range(*Expr::parse("x + 1"), store, {1000, 3500, 1000});
  ASSERT_TRUE(matrix);
  ASSERT_EQ(matrix->size(), 2U);
  EXPECT_EQ((*matrix)[0].labels, (Labels{{"pid", "0"}}));
  ASSERT_EQ((*matrix)[0].points.size(), 2U);
  EXPECT_EQ((*matrix)[0].points[0].time, 2000);
  ASSERT_EQ((*matrix)[1].points.size(), 3U);
  EXPECT_EQ((*matrix)[1].points[2].value, 4);
  const auto edges = evaluate_range(*Expr::parse("x @ end() - x @ start()"), store, {1000, 3000, 1000});
  ASSERT_TRUE(edges) << edges.error().text();
  ASSERT_EQ(edges->size(), 1U);
  for (const auto& point : edges->at(0).points) EXPECT_EQ(point.value, 2) << "at each point those of the range";
  EXPECT_TRUE(evaluate_range(*Expr::parse("x[5m]"), store, {0, 1'000'000'000'000, 1})->empty()) << "and at once";
  EXPECT_EQ(evaluate_range(*Expr::parse("time()"), store, {0, 3000, 1000})->at(0).points.size(), 4U);
}

TEST(LeastWork, IsThatOfTheStepsWhateverTheStoreHolds) {
  EXPECT_LT(Expr::parse("x[3d:1s]")->least_work(0), kRuleWork);
  EXPECT_GT(Expr::parse("sum(count_over_time(x[900d:1s])) + 1")->least_work(0), kRuleWork);
  EXPECT_GT(Expr::parse("max_over_time(max_over_time(x[1d:1s])[1d:1s])")->least_work(0), kRuleWork);
  EXPECT_LT(Expr::parse("x[900d:]")->least_work(0), kRuleWork) << "no step is known";
  EXPECT_GT(Expr::parse("x[900d:]")->least_work(1000), kRuleWork);
  EXPECT_GT(Expr::parse("max_over_time(max_over_time(max_over_time(x[99y:1ms])[99y:1ms])[99y:1ms])")->least_work(0),
            kRuleWork)
      << "more than 64 bits hold";
}

}  // namespace
}  // namespace pmon::promql
