// SPDX-License-Identifier: Apache-2.0
// Ticks that come late or not at all, and expressions that give more than anybody meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::alerts {
namespace {

using testing::Bench;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kP1;
using testing::rules_of;

std::vector<std::string> errors(const Evaluation& evaluation) {
  std::vector<std::string> out;
  for (const RuleTrouble& trouble : evaluation.troubles) out.push_back(trouble.message);
  return out;
}

std::size_t set_many(Bench& bench, std::size_t count, double value) {
  for (std::size_t i = 0; i < count; ++i) bench.set("x", {{"pid", std::to_string(i)}}, value);
  return count;
}

constexpr std::size_t kMany = 100'000;

TEST(ManyLabelSets, ALimitHoldsWhatWasAndSaysSo) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}"}, "  limit: 10\n"));
  set_many(bench, 5, 2);
  EXPECT_THAT(errors(bench.tick()), IsEmpty());
  set_many(bench, kMany, 2);
  const Evaluation over = bench.tick();
  EXPECT_THAT(errors(over), ElementsAre("exceeded limit of 10 with 100000 alerts"));
  EXPECT_THAT(over.resolved, IsEmpty());
  EXPECT_EQ(bench.firing().size(), 5U);
}

TEST(ManyLabelSets, WithoutALimitAlertsAreBoundedAllTheSame) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}"}));
  set_many(bench, kMostAlerts, 2);
  EXPECT_THAT(errors(bench.tick()), IsEmpty());
  set_many(bench, kMany, 2);
  EXPECT_THAT(errors(bench.tick()), ElementsAre("exceeded limit of 20000 with 100000 alerts"));
  EXPECT_EQ(bench.engine.firing().size(), kMostAlerts);
  set_many(bench, kMany, 0);
  const Evaluation calm = bench.tick();
  EXPECT_THAT(errors(calm), ElementsAre("")) << "it works again";
  EXPECT_EQ(calm.resolved.size(), kMostAlerts);
}

TEST(ManyLabelSets, WithoutALimitRecordingsAreBoundedFarAway) {
  Bench bench(rules_of({"{record: r, expr: x}"}));
  set_many(bench, kMany, 2);
  EXPECT_THAT(errors(bench.tick()), IsEmpty());
  EXPECT_EQ(bench.series("r").size(), kMany);
  set_many(bench, kMostRecorded + 1, 2);
  EXPECT_THAT(errors(bench.tick()), ElementsAre("exceeded limit of 200000 with 200001 series"));
}

// A rule over a range of 10 s, at a tick a second, that fires.
class Gap : public ::testing::Test {
 protected:
  void start(const std::string& keys = "") {
    bench_.emplace(rules_of({"{alert: A, expr: 'rate(x[10s]) > 1'" + keys + "}"}), EngineOptions{.tick_ms = 1000});
  }
  // The counter goes on as if the process had run.
  std::size_t tick(double seconds = 1, bool blind = false) {
    bench_->set("x", kP1, x_ += 50 * seconds);
    return bench_->tick(seconds, blind).resolved.size();
  }
  std::size_t ticks(int count) {
    std::size_t resolved = 0;
    for (int i = 0; i < count; ++i) resolved += tick();
    return resolved;
  }

  std::optional<Bench> bench_;
  double x_ = 0;
};

TEST_F(Gap, ASuspendedHostResolvesNothing) {
  start();
  ticks(12);
  ASSERT_EQ(bench_->firing().size(), 1U);
  EXPECT_EQ(tick(3600), 0U) << "one sample has no rate";
  EXPECT_EQ(ticks(20), 0U);
  EXPECT_EQ(bench_->firing().size(), 1U);
}

TEST_F(Gap, WhatEndedMeanwhileResolvesOnceItIsSeen) {
  start();
  ticks(12);
  bench_->tick(3600);
  std::size_t resolved = 0;
  for (int i = 0; i < 9; ++i) resolved += bench_->tick().resolved.size();
  EXPECT_EQ(resolved, 0U);
  EXPECT_EQ(bench_->tick().resolved.size(), 1U) << "ten seconds have been seen";
}

TEST_F(Gap, ALongBlindnessResolvesNothing) {
  start();
  ticks(12);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(tick(1, /*blind=*/true), 0U);
  bench_->end("x", kP1);  // what the store had is too old by now
  EXPECT_EQ(bench_->tick().resolved.size(), 0U);
  EXPECT_EQ(ticks(20), 0U);
  EXPECT_EQ(bench_->firing().size(), 1U);
}

TEST_F(Gap, TimeThatWasNotSeenDoesNotCountForPending) {
  bench_.emplace(rules_of({"{alert: A, expr: x > 1, for: 10s}"}), EngineOptions{.tick_ms = 1000});
  ticks(6);  // 5 s of 10
  tick(600);
  EXPECT_EQ(bench_->pending().size(), 1U);
  ticks(4);
  EXPECT_EQ(bench_->pending().size(), 1U);
  ticks(1);
  EXPECT_EQ(bench_->firing().size(), 1U);
}

TEST_F(Gap, AfterMoreThanAnHourPendingStartsOver) {
  bench_.emplace(rules_of({"{alert: A, expr: x > 1, for: 10s}"}), EngineOptions{.tick_ms = 1000});
  ticks(6);
  tick(3601);
  ticks(9);
  EXPECT_EQ(bench_->pending().size(), 1U);
  ticks(1);
  EXPECT_EQ(bench_->firing().size(), 1U);
}

TEST_F(Gap, AFewLateTicksCountAsTime) {
  bench_.emplace(rules_of({"{alert: A, expr: x > 1, for: 10s}"}), EngineOptions{.tick_ms = 1000});
  tick();
  for (int i = 0; i < 3; ++i) tick(3);
  EXPECT_EQ(bench_->pending().size(), 1U);
  tick();
  EXPECT_EQ(bench_->firing().size(), 1U) << "10 s have passed";
}

}  // namespace
}  // namespace pmon::alerts
