// SPDX-License-Identifier: Apache-2.0
#include "monitor/groups.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace pmon::monitor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

ProcessSample process(std::int32_t pid, std::string comm, double cpu, double threads = 1) {
  ProcessSample sample;
  sample.key = {pid, 100};
  sample.comm = std::move(comm);
  sample.metrics.set(Metric::kCPU, cpu);
  sample.metrics.set(Metric::kTHREADS, threads);
  return sample;
}

ProcessSample born(ProcessSample sample) {
  sample.born = true;
  return sample;
}

ProcessSample ended(ProcessSample sample, std::optional<int> code, std::optional<int> signal) {
  sample.exit = Exit{code, signal, std::nullopt};
  return sample;
}

void update(Groups& groups, const std::vector<ProcessSample>& samples) {
  std::vector<const ProcessSample*> processes;
  for (const ProcessSample& sample : samples) processes.push_back(&sample);
  groups.update(processes);
}

const GroupRow& row(const Groups& groups, const std::string& name) {
  static const GroupRow none;
  const auto found = std::ranges::find(groups.rows(), name, &GroupRow::group);
  EXPECT_NE(found, groups.rows().end()) << name;
  return found == groups.rows().end() ? none : *found;
}

std::optional<double> cpu(const Groups& groups, const std::string& name) {
  return row(groups, name).totals.get(Metric::kCPU);
}

TEST(Groups, AddsUpByComm) {
  Groups groups;
  update(groups, {process(1, "web", 10, 4), process(2, "db", 7), process(3, "web", 5, 2)});
  EXPECT_EQ(cpu(groups, "web"), 15);
  EXPECT_EQ(row(groups, "web").totals.get(Metric::kTHREADS), 6);
  EXPECT_EQ(row(groups, "web").processes, 2U);
  EXPECT_EQ(row(groups, "web").started, 0U) << "they were there before";
  EXPECT_FALSE(row(groups, "web").totals.has(Metric::kANON)) << "nobody measured it";
  EXPECT_EQ(cpu(groups, "db"), 7);
  update(groups, {process(1, "web", 11, 5), process(2, "db", 7), process(3, "web", 5, 2)});
  EXPECT_EQ(cpu(groups, "web"), 16);
  EXPECT_EQ(row(groups, "web").totals.get(Metric::kTHREADS), 7);
}

TEST(Groups, WhatTheDeadUsedStays) {
  Groups groups;
  update(groups, {process(1, "web", 10)});
  update(groups, {process(1, "web", 10), born(process(2, "web", 3))});
  EXPECT_EQ(cpu(groups, "web"), 13);
  EXPECT_EQ(row(groups, "web").started, 1U);
  update(groups, {process(1, "web", 10), ended(process(2, "web", 4), 3, 0)});
  EXPECT_EQ(cpu(groups, "web"), 14);
  EXPECT_EQ(row(groups, "web").processes, 1U);
  EXPECT_EQ(row(groups, "web").totals.get(Metric::kTHREADS), 1);
  EXPECT_THAT(row(groups, "web").exited, ElementsAre(Pair(Pair(3, 0), 1)));
  update(groups, {ended(process(1, "web", 10), 0, 11)});
  update(groups, {});
  EXPECT_EQ(cpu(groups, "web"), 14);
  EXPECT_EQ(row(groups, "web").processes, 0U);
  EXPECT_FALSE(row(groups, "web").totals.has(Metric::kTHREADS)) << "a sum over nothing is missing";
  EXPECT_THAT(row(groups, "web").exited, ElementsAre(Pair(Pair(0, 11), 1), Pair(Pair(3, 0), 1)));
}

TEST(Groups, ALifeBetweenTwoUpdatesCountsWhole) {
  Groups groups;
  update(groups, {});
  std::vector<ProcessSample> children;
  for (int i = 0; i < 400; ++i) children.push_back(ended(born(process(100 + i, "child", 0.02)), 0, 0));
  update(groups, children);
  EXPECT_NEAR(*cpu(groups, "child"), 8.0, 1e-9);
  EXPECT_EQ(row(groups, "child").processes, 0U);
  EXPECT_EQ(row(groups, "child").started, 400U);
  EXPECT_THAT(row(groups, "child").exited, ElementsAre(Pair(Pair(0, 0), 400)));
}

TEST(Groups, AnExecMovesTheLivingAndLeavesWhatWasUsed) {
  Groups groups;
  update(groups, {process(1, "sh", 10, 1)});
  update(groups, {process(1, "make", 12, 3)});
  EXPECT_EQ(cpu(groups, "sh"), 10);
  EXPECT_EQ(cpu(groups, "make"), 2);
  EXPECT_EQ(row(groups, "sh").processes, 0U);
  EXPECT_FALSE(row(groups, "sh").totals.has(Metric::kTHREADS));
  EXPECT_EQ(row(groups, "make").processes, 1U);
  EXPECT_EQ(row(groups, "make").totals.get(Metric::kTHREADS), 3);
  update(groups, {ended(process(1, "make", 13, 3), 0, 9)});
  EXPECT_EQ(cpu(groups, "make"), 3);
  EXPECT_THAT(row(groups, "sh").exited, IsEmpty());
  EXPECT_THAT(row(groups, "make").exited, ElementsAre(Pair(Pair(0, 9), 1)));
}

TEST(Groups, SeenLateCountsFromThen) {
  Groups groups;
  update(groups, {process(1, "web", 1)});
  update(groups, {process(1, "web", 1), process(2, "web", 1000)});
  EXPECT_EQ(cpu(groups, "web"), 1) << "what it used before was not used now";
  update(groups, {process(1, "web", 1), process(2, "web", 1002)});
  EXPECT_EQ(cpu(groups, "web"), 3);
}

TEST(Groups, CountersNeverGoBackwards) {
  Groups groups;
  update(groups, {process(1, "web", 10)});
  update(groups, {process(1, "web", 9)});
  EXPECT_EQ(cpu(groups, "web"), 10);
  update(groups, {process(1, "web", 10)});
  EXPECT_EQ(cpu(groups, "web"), 10) << "not counted twice";
  ProcessSample blind = process(1, "web", 0);
  blind.metrics.clear();
  update(groups, {blind});
  EXPECT_EQ(cpu(groups, "web"), 10);
  EXPECT_FALSE(row(groups, "web").totals.has(Metric::kTHREADS));
  update(groups, {process(1, "web", 12)});
  EXPECT_EQ(cpu(groups, "web"), 12);
  EXPECT_EQ(row(groups, "web").totals.get(Metric::kTHREADS), 1);
}

TEST(Groups, LeftOutIsNotAmongTheLivingAndComesBackWithoutAJump) {
  Groups groups;
  update(groups, {process(1, "web", 10, 5), process(2, "web", 1)});
  update(groups, {process(2, "web", 1)});
  EXPECT_EQ(row(groups, "web").processes, 1U);
  EXPECT_EQ(row(groups, "web").totals.get(Metric::kTHREADS), 1);
  EXPECT_EQ(cpu(groups, "web"), 11);
  update(groups, {process(1, "web", 12, 5), process(2, "web", 1)});
  EXPECT_EQ(row(groups, "web").processes, 2U);
  EXPECT_EQ(cpu(groups, "web"), 13);
}

TEST(Groups, AnUnknownEndHasNoCode) {
  Groups groups;
  update(groups, {process(1, "web", 10)});
  update(groups, {ended(process(1, "web", 10), std::nullopt, std::nullopt)});
  EXPECT_EQ(row(groups, "web").processes, 0U);
  EXPECT_THAT(row(groups, "web").exited, IsEmpty());
}

TEST(Groups, LeavesOutWhatHasNoSum) {
  Groups groups;
  ProcessSample sample = process(1, "web", 1);
  sample.metrics.set(Metric::kSTART_TIME, 1.7e9);
  sample.metrics.set(Metric::kMEMORY_LIMIT, 1e9);
  update(groups, {sample});
  EXPECT_FALSE(row(groups, "web").totals.has(Metric::kSTART_TIME));
  EXPECT_FALSE(row(groups, "web").totals.has(Metric::kMEMORY_LIMIT));
}

TEST(Groups, AnOomKillCountsThoughItComesWithTheEnd) {
  Groups groups;
  update(groups, {});
  update(groups, {process(1, "web", 5)});
  ProcessSample killed = ended(process(1, "web", 5), 0, 9);
  killed.metrics.set(Metric::kOOM_KILLS, 1);
  update(groups, {killed});
  EXPECT_EQ(row(groups, "web").totals.get(Metric::kOOM_KILLS), 1);
}

// Nowhere does a counter rise by what was used long ago.
TEST(Groups, IdleGroupsBeyondTheBoundAreForgotten) {
  Groups groups(3);
  update(groups, {process(900, "keeper", 1)});
  for (int i = 0; i < 10; ++i) {
    update(groups, {process(900, "keeper", 1), ended(born(process(i, fmt::format("job-{}", i), 2)), 1, 0)});
  }
  std::vector<std::string> names;
  for (const GroupRow& group : groups.rows()) names.push_back(group.group);
  EXPECT_THAT(names, ElementsAre("keeper", "job-7", "job-8", "job-9"));
  EXPECT_EQ(row(groups, "job-7").started, 1U);
  EXPECT_EQ(cpu(groups, "job-7"), 2);
  update(groups, {process(900, "keeper", 4), born(process(50, "job-0", 1))});
  EXPECT_EQ(cpu(groups, "keeper"), 4) << "found again after the rows moved";
  EXPECT_EQ(cpu(groups, "job-0"), 1) << "what it used before it was forgotten does not come back";
  EXPECT_THAT(row(groups, "job-0").exited, IsEmpty());
}

// Against sums taken afresh: random births, ends, execs and counters, in the collector's order.
TEST(Groups, EqualsTheSumOfEveryProcess) {
  std::mt19937 random(7);
  Groups groups;
  std::vector<ProcessSample> living;
  double used = 0;
  std::int32_t next_pid = 1;
  for (int tick = 0; tick < 300; ++tick) {
    std::vector<ProcessSample> samples;
    for (ProcessSample& sample : living) {
      sample.born = false;
      const auto step = static_cast<double>(random() % 3);
      used += step;
      sample.metrics.set(Metric::kCPU, sample.metrics.at(Metric::kCPU) + step);
      sample.metrics.set(Metric::kTHREADS, static_cast<double>(1 + random() % 9));
      if (random() % 20 == 0) sample.comm = fmt::format("g{}", random() % 5);
      if (random() % 10 == 0) sample.exit = Exit{0, 0, std::nullopt};
      samples.push_back(sample);
    }
    std::erase_if(living, [](const ProcessSample& sample) { return sample.exit.has_value(); });
    for (unsigned i = random() % 6; i > 0; --i) {
      used += 2;
      living.push_back(born(process(next_pid++, fmt::format("g{}", random() % 5), 2)));
      samples.insert(samples.begin() + static_cast<std::ptrdiff_t>(random() % (samples.size() + 1)), living.back());
    }
    update(groups, samples);
    double cpu_sum = 0;
    double threads_sum = 0;
    std::size_t alive = 0;
    for (const GroupRow& group : groups.rows()) {
      cpu_sum += group.totals.get(Metric::kCPU).value_or(0);
      threads_sum += group.totals.get(Metric::kTHREADS).value_or(0);
      alive += group.processes;
    }
    double threads = 0;
    for (const ProcessSample& sample : living) threads += sample.metrics.at(Metric::kTHREADS);
    ASSERT_EQ(cpu_sum, used) << tick;
    ASSERT_EQ(threads_sum, threads) << tick;
    ASSERT_EQ(alive, living.size()) << tick;
  }
}

}  // namespace
}  // namespace pmon::monitor
