// SPDX-License-Identifier: Apache-2.0
#include "monitor/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon::monitor {
namespace {

using testing::ElementsAre;

const Labels kWeb{{"pid", "7"}, {"comm", "web"}};

// `ticks` seconds in which a process has one thread more at each.
class EvidenceTest : public testing::Test {
 protected:
  void run(int ticks) {
    const auto ref = store_.open("pmon_process_threads", kWeb);
    for (int i = 1; i <= ticks; ++i) {
      store_.begin_tick(i * 1000);
      store_.append(ref, i);
    }
  }
  std::vector<double> threads(TickIndex points) {
    std::vector<double> values;
    for (const auto& point : evidence_of(store_, kWeb, points)) {
      values.push_back(point.metrics.get(Metric::kTHREADS).value_or(-1));
    }
    return values;
  }

  SeriesStore store_;
};

TEST_F(EvidenceTest, EveryTickWhereTheyAreFew) {
  run(3);
  EXPECT_THAT(threads(12), ElementsAre(1, 2, 3));
  const Evidence evidence = evidence_of(store_, kWeb);
  EXPECT_EQ(evidence.front().time, 1000);
  EXPECT_EQ(evidence.back().time, 3000);
  EXPECT_FALSE(evidence.back().metrics.has(Metric::kCPU)) << "what no rule reads is not there";
}

TEST_F(EvidenceTest, SpreadEvenlyWithTheLatestLast) {
  run(100);
  EXPECT_THAT(threads(4), ElementsAre(1, 33, 65, 100));
  EXPECT_THAT(threads(3), ElementsAre(1, 65, 100));
  EXPECT_THAT(threads(10), ElementsAre(1, 17, 33, 49, 65, 81, 100));
}

TEST_F(EvidenceTest, TheLastFiveMinutesWhateverIsKeptInFull) {
  store_.retain({.in_full = {{"pmon_process_threads", 10'000}}, .others_in_full = 0, .thinned = 302'000});
  const auto ref = store_.open("pmon_process_threads", kWeb);
  for (int i = 0; i < 1000; ++i) {
    store_.begin_tick(i * 1000);
    store_.append(ref, i);
    store_.forget_before((i - 420) * 1000);
    if (i < 400) continue;
    const Evidence evidence = evidence_of(store_, kWeb);
    ASSERT_GE(evidence.size(), 9U);
    ASSERT_LE(evidence.size(), 10U);
    for (const auto& point : evidence) {
      ASSERT_EQ(point.metrics.get(Metric::kTHREADS), static_cast<double>(point.time) / 1000) << "at tick " << i;
    }
    EXPECT_LE(evidence.front().time, (i - 250) * 1000);
    EXPECT_EQ(evidence.back().time, i * 1000);
  }
}

TEST_F(EvidenceTest, NothingOfOthers) {
  run(3);
  EXPECT_TRUE(evidence_of(store_, {{"alertname", "TargetDown"}, {"target", "web"}}).empty());
  EXPECT_TRUE(evidence_of(store_, {{"pid", "8"}, {"comm", "web"}}).empty());
  EXPECT_TRUE(evidence_of(SeriesStore(), kWeb).empty());
}

TEST_F(EvidenceTest, TheEndOfAProcessIsMissingAndNotZero) {
  run(2);
  const auto ref = store_.open("pmon_process_threads", kWeb);
  store_.begin_tick(3000);
  store_.release(ref);
  EXPECT_THAT(threads(12), ElementsAre(1, 2, -1));
}

TEST_F(EvidenceTest, RowsOfOneNameAreToldApart) {
  store_.begin_tick(1000);
  for (const auto& [kind, value] : {std::pair("voluntary", 5), std::pair("involuntary", 8)}) {
    Labels labels = kWeb;
    labels.set("kind", kind);
    store_.append(store_.open("pmon_process_context_switches_total", labels), value);
  }
  const Evidence evidence = evidence_of(store_, kWeb);
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_EQ(evidence[0].metrics.get(Metric::kSWITCHES_VOLUNTARY), 5);
  EXPECT_EQ(evidence[0].metrics.get(Metric::kSWITCHES_INVOLUNTARY), 8);
}

}  // namespace
}  // namespace pmon::monitor
