// SPDX-License-Identifier: Apache-2.0
#include "export/series_limiter.h"

#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "export/host_metrics.h"
#include "support.h"

namespace pmon {
namespace {

using test::process;
using testing::ElementsAre;

std::vector<std::int32_t> pids(const SelectedProcesses& selected) {
  std::vector<std::int32_t> out;
  for (const ProcessSample* sample : selected.own) out.push_back(sample->key.pid);
  return out;
}

bool nobody(const ProcessSample&) { return false; }

std::vector<const ProcessSample*> pointers(const std::vector<ProcessSample>& all) {
  std::vector<const ProcessSample*> out;
  for (const ProcessSample& process : all) out.push_back(&process);
  return out;
}

// A tick at which somebody looks.
SelectedProcesses select(SeriesLimiter& limiter, const std::vector<ProcessSample>& all,
                         const SeriesLimiter::Pinned& pinned) {
  limiter.observe(pointers(all));
  return limiter.select(pointers(all), pinned);
}

double other(const SelectedProcesses& selected, Metric metric) {
  return selected.other ? selected.other->get(metric).value_or(-1) : -1;
}

TEST(SeriesLimiter, EveryRankingGetsItsShare) {
  SeriesLimiter limiter(4);
  const std::vector<ProcessSample> all = {
      process(1, "idle", {{Metric::kCPU, 1}}),
      process(2, "burner", {{Metric::kCPU, 9}}),
      process(3, "big", {{Metric::kRESIDENT, 5e9}}),
      process(4, "swapped", {{Metric::kSWAP, 4e9}}),
      process(5, "threads", {{Metric::kTHREADS, 900}}),
      process(6, "faulty", {{Metric::kMAJOR_FAULTS, 70}, {Metric::kMINOR_FAULTS, 7}}),
  };
  EXPECT_THAT(pids(select(limiter, all, nobody)), ElementsAre(2, 3, 5, 6));
}

TEST(SeriesLimiter, PinnedProcessesComeOnTop) {
  SeriesLimiter limiter(1);
  const std::vector<ProcessSample> all = {process(1, "a", {{Metric::kCPU, 1}}), process(2, "b", {{Metric::kCPU, 2}}),
                                          process(3, "c", {{Metric::kCPU, 3}})};
  const auto first = [](const ProcessSample& sample) { return sample.key.pid == 1; };
  EXPECT_THAT(pids(select(limiter, all, first)), ElementsAre(1, 3));
  EXPECT_EQ(other(select(limiter, all, first), Metric::kCPU), 2);
}

TEST(SeriesLimiter, NoLimitReachedMeansNoOther) {
  SeriesLimiter limiter(10);
  EXPECT_FALSE(select(limiter, {process(1, "a", {{Metric::kCPU, 1}})}, nobody).other.has_value());
}

TEST(SeriesLimiter, GaugesOfOtherAreOfTheLivingAndLimitsAreNotSummed) {
  SeriesLimiter limiter(0);
  std::vector<ProcessSample> all = {
      process(1, "a", {{Metric::kTHREADS, 3}, {Metric::kMEMORY_LIMIT, 9}, {Metric::kSTART_TIME, 9}}),
      process(2, "b", {{Metric::kTHREADS, 4}})};
  auto selected = select(limiter, all, nobody);
  EXPECT_EQ(other(selected, Metric::kTHREADS), 7);
  EXPECT_FALSE(selected.other->has(Metric::kMEMORY_LIMIT));
  EXPECT_FALSE(selected.other->has(Metric::kSTART_TIME));
  EXPECT_FALSE(selected.other->has(Metric::kANON)) << "missing is not 0";
  all[1].exit = Exit{};
  EXPECT_EQ(other(select(limiter, all, nobody), Metric::kTHREADS), 3);
}

TEST(SeriesLimiter, AnIncumbentStaysUntilClearlyExceeded) {
  SeriesLimiter limiter(1);
  const auto tick = [&limiter](double a, double b) {
    return pids(select(limiter, {process(1, "a", {{Metric::kCPU, a}}), process(2, "b", {{Metric::kCPU, b}})}, nobody));
  };
  EXPECT_THAT(tick(10, 9), ElementsAre(1));
  EXPECT_THAT(tick(10, 10.5), ElementsAre(1));
  EXPECT_THAT(tick(10, 11.5), ElementsAre(2));
  EXPECT_THAT(tick(11.6, 11.5), ElementsAre(2));
}

TEST(SeriesLimiter, WhatAProcessUsesIsInOneSeriesThroughPromotionAndDemotion) {
  SeriesLimiter limiter(1);
  const auto tick = [&limiter](double a, double b) {
    return other(select(limiter, {process(1, "a", {{Metric::kCPU, a}}), process(2, "b", {{Metric::kCPU, b}})}, nobody),
                 Metric::kCPU);
  };
  EXPECT_EQ(tick(100, 10), 10);  // a has its own series
  EXPECT_EQ(tick(101, 20), 20);
  EXPECT_EQ(tick(102, 200), 201);  // b gets its own, which starts at 200; its 180 so far and a's 1 are in "other"
  EXPECT_EQ(tick(105, 201), 204);  // 3 more of a; b's 1 is in its own
}

TEST(SeriesLimiter, TheDeadLeaveWhatTheyUsed) {
  SeriesLimiter limiter(1);
  std::vector<ProcessSample> all = {process(1, "own", {{Metric::kCPU, 50}}), process(2, "other", {{Metric::kCPU, 5}})};
  EXPECT_EQ(other(select(limiter, all, nobody), Metric::kCPU), 5);
  all[0].metrics.set(Metric::kCPU, 52);
  all[1].metrics.set(Metric::kCPU, 6);
  all[0].exit = all[1].exit = Exit{};
  ProcessSample flash = process(3, "flash", {{Metric::kCPU, 0.25}});  // born and ended between two ticks
  flash.born = true;
  flash.exit = Exit{};
  all.push_back(flash);
  EXPECT_EQ(other(select(limiter, all, nobody), Metric::kCPU), 5 + 1 + 2 + 0.25);
  EXPECT_EQ(other(select(limiter, {}, nobody), Metric::kCPU), 8.25);
}

TEST(SeriesLimiter, OneFoundLateStartsFromItsPresentValue) {
  SeriesLimiter limiter(0);
  EXPECT_EQ(other(select(limiter, {process(1, "a", {{Metric::kCPU, 5}})}, nobody), Metric::kCPU), 5);
  const auto late = [&limiter](double value) {
    return other(
        select(limiter, {process(1, "a", {{Metric::kCPU, 5}}), process(2, "late", {{Metric::kCPU, value}})}, nobody),
        Metric::kCPU);
  };
  EXPECT_EQ(late(1000), 5);
  EXPECT_EQ(late(1001), 6);
}

TEST(SeriesLimiter, AValueThatIsMissingForATickDoesNotComeTwice) {
  SeriesLimiter limiter(0);
  EXPECT_EQ(other(select(limiter, {process(1, "a", {{Metric::kCPU, 5}})}, nobody), Metric::kCPU), 5);
  EXPECT_EQ(other(select(limiter, {process(1, "a")}, nobody), Metric::kCPU), 5);
  EXPECT_EQ(other(select(limiter, {process(1, "a", {{Metric::kCPU, 7}})}, nobody), Metric::kCPU), 7);
}

// The invariant behind all of the above: over any history the increases of all series together are
// the increases of the host, and "other" never goes backwards.
TEST(SeriesLimiter, IncreasesAddUpOverARandomHistory) {
  std::mt19937 random(20240607);
  SeriesLimiter limiter(7);
  std::vector<ProcessSample> alive;
  std::map<ProcessKey, double> own_before;
  double used = 0;
  double counted = 0;
  double other_before = 0;
  std::int32_t next_pid = 1;
  std::set<ProcessKey> born;  // since somebody looked
  for (int tick = 0; tick < 400; ++tick) {
    std::erase_if(alive, [](const ProcessSample& sample) { return sample.exit.has_value(); });
    for (ProcessSample& sample : alive) {
      const double more = random() % 4 == 0 ? random() % 50 : random() % 2;
      sample.born = false;
      sample.metrics.set(Metric::kCPU, sample.metrics.at(Metric::kCPU) + more);
      used += more;
      if (random() % 10 == 0) sample.exit = Exit{};
    }
    for (unsigned i = random() % 5; i > 0; --i) {
      const double whole_life = random() % 20;
      alive.push_back(process(next_pid++, "p", {{Metric::kCPU, whole_life}}));
      alive.back().born = true;
      born.insert(alive.back().key);
      used += whole_life;
      if (random() % 3 == 0) alive.back().exit = Exit{};
    }
    limiter.observe(pointers(alive));
    if (random() % 3 == 0) continue;  // nobody looks at this tick
    const auto selected = limiter.select(pointers(alive), nobody);
    std::map<ProcessKey, double> own;
    for (const ProcessSample* sample : selected.own) {
      own[sample->key] = sample->metrics.at(Metric::kCPU);
      const auto before = own_before.find(sample->key);
      if (before != own_before.end()) counted += own[sample->key] - before->second;
      if (before == own_before.end() && born.contains(sample->key)) counted += own[sample->key];
    }
    own_before = own;
    born.clear();
    const double now = selected.other ? selected.other->get(Metric::kCPU).value_or(0) : 0;
    ASSERT_GE(now, other_before) << "tick " << tick;
    counted += now - other_before;
    other_before = now;
    ASSERT_DOUBLE_EQ(counted, used) << "tick " << tick;
  }
}

}  // namespace
}  // namespace pmon
