// SPDX-License-Identifier: Apache-2.0
#include "monitor/series_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store_view.h"

namespace pmon::monitor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ProcessSample process(std::int32_t pid, const std::string& comm, double cpu, bool born = false) {
  ProcessSample sample;
  sample.key = {pid, 100};
  sample.comm = comm;
  sample.born = born;
  sample.metrics.set(Metric::kCPU, cpu);
  sample.metrics.set(Metric::kTHREADS, 3);
  return sample;
}

ProcessSample ended(ProcessSample sample) {
  sample.exit = Exit{0, 9, 1.0};
  return sample;
}

// A store that is fed a tick a second.
class SeriesFeedTest : public testing::Test {
 protected:
  void tick(const std::vector<ProcessSample>& processes) {
    store_.begin_tick(now_ += 1000);
    std::vector<const ProcessSample*> chosen;
    for (const ProcessSample& process : processes) chosen.push_back(&process);
    feed_.feed(store_, chosen);
  }
  std::vector<std::string> now(const std::string& expression) { return evaluated(store_, expression, now_); }

  Timestamp now_ = 1'700'000'000'000;
  SeriesStore store_;
  SeriesFeed feed_{SeriesFeed::all_metrics()};
};

constexpr const char* kCpu = "pmon_process_cpu_seconds_total";

TEST_F(SeriesFeedTest, WhatWasThereBeforeStartsFromItsPresentValue) {
  tick({process(7, "web", 40)});
  EXPECT_THAT(now(kCpu), ElementsAre("{comm=\"web\", pid=\"7\"} 40"));
  tick({process(7, "web", 41)});
  EXPECT_THAT(now("irate(pmon_process_cpu_seconds_total[1m])"), ElementsAre("{comm=\"web\", pid=\"7\"} 1"));
  EXPECT_THAT(now("pmon_process_cpu_seconds_total offset 2s"), IsEmpty());
}

TEST_F(SeriesFeedTest, ANewbornsCountersWereZeroATickBefore) {
  tick({});
  tick({process(7, "web", 5, true)});
  EXPECT_THAT(now("pmon_process_cpu_seconds_total offset 1s"), ElementsAre("{comm=\"web\", pid=\"7\"} 0"));
  EXPECT_THAT(now("irate(pmon_process_cpu_seconds_total[1m])"), ElementsAre("{comm=\"web\", pid=\"7\"} 5"));
  EXPECT_THAT(now("pmon_process_threads offset 1s"), IsEmpty()) << "a gauge was nothing, not 0";
}

TEST_F(SeriesFeedTest, OneThatOnlyPassedByHasNoSeries) {
  tick({});
  tick({ended(process(7, "web", 5, true))});
  EXPECT_THAT(now(kCpu), IsEmpty());
  EXPECT_EQ(feed_.process_of({{"pid", "7"}}), 0U) << "no series ever had that pid";
}

TEST_F(SeriesFeedTest, AVictimOfTheKernelHasOneHoweverShortItsLife) {
  tick({});
  ProcessSample victim = ended(process(7, "web", 5, true));
  victim.metrics.set(Metric::kOOM_KILLS, 1);
  tick({victim});
  EXPECT_THAT(now("pmon_process_oom_kills_total"), ElementsAre("{comm=\"web\", pid=\"7\"} 1"));
}

TEST_F(SeriesFeedTest, AnotherNameIsAnotherSeries) {
  tick({process(7, "sh", 5)});
  tick({process(7, "web", 6)});
  EXPECT_THAT(now(kCpu), ElementsAre("{comm=\"web\", pid=\"7\"} 6"));
  EXPECT_THAT(now("pmon_process_cpu_seconds_total offset 1s"), ElementsAre("{comm=\"sh\", pid=\"7\"} 5"));
  EXPECT_THAT(now("increase(pmon_process_cpu_seconds_total[10s])"), IsEmpty()) << "not a jump from 0";
}

TEST_F(SeriesFeedTest, AnEndedProcessIsStaleFromTheNextTickOn) {
  tick({process(7, "web", 5), process(8, "web", 1)});
  tick({ended(process(7, "web", 6)), process(8, "web", 1)});
  EXPECT_THAT(now(kCpu), ElementsAre("{comm=\"web\", pid=\"7\"} 6", "{comm=\"web\", pid=\"8\"} 1"));
  EXPECT_NE(feed_.process_of({{"pid", "7"}}), std::nullopt);
  tick({process(8, "web", 1)});
  EXPECT_THAT(now(kCpu), ElementsAre("{comm=\"web\", pid=\"8\"} 1"));
  EXPECT_EQ(feed_.process_of({{"pid", "7"}}), std::nullopt);
}

TEST_F(SeriesFeedTest, AReusedPidIsAnotherProcess) {
  const ProcessSample old = process(7, "web", 50);
  ProcessSample heir = process(7, "web", 2, true);
  heir.key.start_ticks = 900;
  for (const auto& both : {std::vector{ended(old), heir}, std::vector{heir, ended(old)}}) {
    tick({old});
    const auto before = feed_.process_of({{"pid", "7"}});
    tick(both);
    EXPECT_THAT(now(kCpu), ElementsAre("{comm=\"web\", pid=\"7\"} 2"));
    EXPECT_THAT(now("count_over_time(pmon_process_cpu_seconds_total[1s])"), ElementsAre("{comm=\"web\", pid=\"7\"} 2"));
    ASSERT_NE(feed_.process_of({{"pid", "7"}}), std::nullopt);
    EXPECT_NE(feed_.process_of({{"pid", "7"}}), before);
    tick({heir});
    EXPECT_THAT(now(kCpu), ElementsAre("{comm=\"web\", pid=\"7\"} 2"));
    tick({});
    EXPECT_THAT(now(kCpu), IsEmpty());
    EXPECT_EQ(feed_.process_of({{"pid", "7"}}), std::nullopt);
  }
}

TEST_F(SeriesFeedTest, AReusedPidUnderAnotherNameIsAnotherSeries) {
  tick({process(7, "web", 50)});
  ProcessSample heir = process(7, "ls", 2, true);
  heir.key.start_ticks = 900;
  tick({ended(process(7, "web", 51)), heir});
  tick({heir});
  EXPECT_THAT(now(kCpu), ElementsAre("{comm=\"ls\", pid=\"7\"} 2"));
  EXPECT_THAT(now("increase(pmon_process_cpu_seconds_total{comm=\"ls\"}[10s]) > 0"), testing::SizeIs(1));
}

TEST_F(SeriesFeedTest, APidThatWasNeverFedIsNoProcess) {
  tick({process(7, "web", 50)});
  EXPECT_EQ(feed_.process_of({{"pid", "12345"}}), 0U) << "absent(…{pid=\"12345\"}) may fire";
}

TEST(EndedPids, ForgetsTheOldestEndAndNotALaterOneOfTheSamePid) {
  EndedPids ended(2);
  for (const int pid : {1, 2, 1}) ended.add(pid);  // the first end of 1 has gone
  EXPECT_TRUE(ended.contains(1));
  EXPECT_TRUE(ended.contains(2));
  ended.add(3);
  EXPECT_FALSE(ended.contains(2));
  EXPECT_TRUE(ended.contains(1));
}

TEST_F(SeriesFeedTest, LabelsWithoutAPidNameNoProcess) {
  EXPECT_EQ(feed_.process_of({{"group", "web"}}), 0U);
  EXPECT_EQ(feed_.process_of({{"pid", "7x"}}), 0U);
}

TEST_F(SeriesFeedTest, AValueThatIsMissingEndsItsSeriesUntilItIsBack) {
  tick({process(7, "web", 5)});
  ProcessSample blind = process(7, "web", 5);
  blind.metrics.clear();
  tick({blind});
  EXPECT_THAT(now(kCpu), IsEmpty());
  tick({process(7, "web", 6)});
  EXPECT_THAT(now(kCpu), ElementsAre("{comm=\"web\", pid=\"7\"} 6"));
}

TEST_F(SeriesFeedTest, OnlyWantedMetricsAreStored) {
  tick({process(7, "web", 5)});
  feed_.want(std::bitset<kMetricCount>().set(static_cast<std::size_t>(Metric::kTHREADS)));
  tick({process(7, "web", 6)});
  EXPECT_THAT(now(kCpu), IsEmpty());
  EXPECT_THAT(now("pmon_process_threads"), ElementsAre("{comm=\"web\", pid=\"7\"} 3"));
}

TEST_F(SeriesFeedTest, ACounterThatAppearsLaterWasZeroBefore) {
  tick({});
  feed_.put(store_, "old_total", {}, 8, MetricKind::kCounter);
  tick({});
  feed_.put(store_, "old_total", {}, 8, MetricKind::kCounter);
  feed_.put(store_, "new_total", {}, 3, MetricKind::kCounter);
  feed_.put(store_, "level", {}, 3, MetricKind::kGauge);
  EXPECT_THAT(now("idelta(new_total[1m])"), ElementsAre("{} 3"));
  EXPECT_THAT(now("idelta(old_total[1m])"), ElementsAre("{} 0"));
  EXPECT_THAT(now("level offset 1s"), IsEmpty());
  tick({});
  tick({});
  EXPECT_THAT(now("new_total"), IsEmpty()) << "not put at the last tick";
}

}  // namespace
}  // namespace pmon::monitor
