// SPDX-License-Identifier: Apache-2.0
#include "export/reducer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "export/series_window.h"
#include "window_support.h"

namespace pmon {
namespace {

using exposition::Family;
using test::counter;
using test::gauge;
using testing::ElementsAre;
using testing::Optional;

using Values = std::array<std::optional<double>, kStatistics.size()>;

constexpr Timestamp kStart = 1'700'000'040'000;  // a multiple of every window here
constexpr auto kNone = std::nullopt;

// The window that the last of these ticks, one a second, ends.
std::optional<Window> run(Reducer& reducer, Timestamp first, const std::vector<std::vector<Family>>& ticks) {
  std::optional<Window> window;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    EXPECT_FALSE(window.has_value()) << "before tick " << i;
    window = reducer.add(first + static_cast<Timestamp>(i) * 1000, ticks[i]);
  }
  return window;
}

Reducer with_window(Timestamp ms, Statistics statistics = Statistics::all()) {
  return Reducer({ms, MetricFilter(), statistics});
}

TEST(Reducer, AGaugeIsReducedToItsSamples) {
  Reducer reducer = with_window(5000);
  std::vector<std::vector<Family>> ticks;
  for (const double value : {3.0, 9.0, 1.0, 5.0, 2.0}) ticks.push_back({gauge("g", {{{{"pid", "1"}}, value}})});
  const auto window = run(reducer, kStart + 1000, ticks);
  ASSERT_TRUE(window.has_value()) << "the tick at the end of the window belongs to it";
  EXPECT_EQ(window->end, kStart + 5000);
  ASSERT_EQ(window->families.size(), 1U);
  ASSERT_EQ(window->families[0].series.size(), 1U);
  const WindowSeries& series = window->families[0].series[0];
  EXPECT_EQ(series.time, kStart + 5000);
  EXPECT_FALSE(series.ended);
  // As Prometheus's quantile_over_time(0.95, …) of 1 2 3 5 9: rank 3.8 of 0 to 4.
  EXPECT_EQ(series.values, (Values{2.0, 9.0, 4.0, 5 * (1 - (0.95 * 4 - 3)) + 9 * (0.95 * 4 - 3)}));
}

TEST(Reducer, ACounterIsReducedToItsTotalAndItsRates) {
  Reducer reducer = with_window(4000);
  std::vector<std::vector<Family>> ticks;
  for (const double value : {100.0, 110.0, 110.0, 140.0}) ticks.push_back({counter("c", {{{}, value}})});
  const auto window = run(reducer, kStart + 1000, ticks);
  ASSERT_TRUE(window.has_value());
  const Values& values = window->families[0].series[0].values;
  EXPECT_EQ(values[0], 140.0);
  EXPECT_EQ(values[1], 30.0);
  EXPECT_DOUBLE_EQ(*values[2], 40.0 / 3);
  EXPECT_DOUBLE_EQ(*values[3], 10 * (1 - 0.9) + 30 * 0.9);

  // The step from the last tick of a window belongs to the next one, so that no increase is lost.
  const auto next = run(reducer, kStart + 5000,
                        {{counter("c", {{{}, 180}})},
                         {counter("c", {{{}, 180}})},
                         {counter("c", {{{}, 180}})},
                         {counter("c", {{{}, 180}})}});
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->families[0].series[0].values[1], 40.0);
  EXPECT_EQ(next->families[0].series[0].values[2], 10.0);
}

TEST(Reducer, ACounterSeenOnceHasNoRate) {
  Reducer reducer = with_window(0);
  const auto window = reducer.add(kStart, std::vector{counter("c", {{{}, 7}})});
  ASSERT_TRUE(window.has_value()) << "without a window each tick is one";
  EXPECT_EQ(window->families[0].series[0].values, (Values{7.0, kNone, kNone, kNone}));
}

TEST(Reducer, ACounterThatGoesBackwardsBeganAnew) {
  Reducer reducer = with_window(2000);
  const auto window = run(reducer, kStart + 1000, {{counter("c", {{{}, 100}})}, {counter("c", {{{}, 4}})}});
  EXPECT_EQ(window->families[0].series[0].values, (Values{4.0, 4.0, 4.0, 4.0}));
}

TEST(Reducer, MissingTicksAreMissingNotZero) {
  Reducer reducer = with_window(10'000);
  EXPECT_FALSE(reducer.add(kStart + 1000, std::vector{counter("c", {{{}, 0}}), gauge("g", {{{}, 4}})}));
  EXPECT_FALSE(reducer.add(kStart + 5000, {})) << "nothing could be collected";
  const auto window = reducer.add(kStart + 11'000, std::vector{counter("c", {{{}, 20}}), gauge("g", {{{}, 8}})});
  ASSERT_TRUE(window.has_value());
  EXPECT_EQ(window->families[0].series[0].values, (Values{20.0, 2.0, 2.0, 2.0})) << "over the time that it took";
  EXPECT_EQ(window->families[1].series[0].values[2], 6.0) << "the mean of two samples";
}

TEST(Reducer, ASeriesThatEndsIsToldWithWhatItHad) {
  Reducer reducer = with_window(2000);
  const Labels a{{"pid", "1"}};
  const Labels b{{"pid", "2"}};
  const auto first = run(reducer, kStart + 1000, {{gauge("g", {{a, 1}, {b, 2}})}, {gauge("g", {{b, 3}})}});
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->families[0].series.size(), 2U);
  EXPECT_TRUE(first->families[0].series[0].ended);
  EXPECT_EQ(first->families[0].series[0].time, kStart + 1000);
  EXPECT_EQ(first->families[0].series[0].values[0], 1.0);
  EXPECT_FALSE(first->families[0].series[1].ended);

  // It was there at the end of its window: its end shows in the next one alone.
  const auto second = run(reducer, kStart + 3000, {{gauge("g", {})}, {gauge("g", {})}});
  ASSERT_EQ(second->families[0].series.size(), 1U);
  EXPECT_TRUE(second->families[0].series[0].ended);
  EXPECT_EQ(second->families[0].series[0].labels, b);
  EXPECT_EQ(second->families[0].series[0].values, Values{});
  EXPECT_EQ(second->families[0].series[0].told, Statistics::all());

  const auto third = run(reducer, kStart + 5000, {{gauge("g", {})}, {gauge("g", {{b, 5}})}});
  ASSERT_EQ(third->families[0].series.size(), 1U) << "told once, then forgotten";
  EXPECT_EQ(third->families[0].series[0].values[0], 5.0) << "and what comes again is new";
}

TEST(Reducer, NumbersThatAreNoneHurtNoStatistic) {
  Reducer reducer = with_window(3000);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto window =
      run(reducer, kStart + 1000, {{gauge("g", {{{}, 2}})}, {gauge("g", {{{}, 4}})}, {gauge("g", {{{}, nan}})}});
  const Values& values = window->families[0].series[0].values;
  EXPECT_TRUE(std::isnan(*values[0]));
  EXPECT_EQ(values[1], 4.0);
  EXPECT_EQ(values[2], 3.0);
  EXPECT_DOUBLE_EQ(*values[3], 3.9);

  Reducer only = with_window(0);
  const auto none = only.add(kStart, std::vector{gauge("g", {{{}, nan}})});
  EXPECT_FALSE(none->families[0].series[0].values[1].has_value());
}

TEST(Reducer, TakesOnlyWhatItIsAskedFor) {
  Reducer reducer({0, MetricFilter({"b*"}), Statistics::only(Statistic::kMax)});
  const auto window = reducer.add(kStart, std::vector{gauge("a", {{{}, 1}}), gauge("b", {{{}, 2}})});
  ASSERT_EQ(window->families.size(), 1U);
  EXPECT_EQ(window->families[0].name, "b");
  EXPECT_EQ(window->families[0].series[0].values, (Values{kNone, 2.0, kNone, kNone}));
}

TEST(Reducer, WindowsEndAtMultiplesOfTheirLength) {
  Reducer reducer = with_window(30'000);
  const std::vector families{gauge("g", {{{}, 1}})};
  EXPECT_FALSE(reducer.add(kStart + 29'999, families));
  EXPECT_TRUE(reducer.add(kStart + 30'002, families)) << "late by two milliseconds";
  EXPECT_FALSE(reducer.add(kStart + 59'999, families));
  EXPECT_TRUE(reducer.add(kStart + 60'000, families));
}

TEST(Reducer, AnIntervalLongerThanTheWindowMakesEachTickOne) {
  Reducer reducer = with_window(30'000);
  const std::vector families{gauge("g", {{{}, 1}})};
  (void)reducer.add(kStart + 1, families);
  for (int hour = 1; hour < 4; ++hour) EXPECT_TRUE(reducer.add(kStart + 1 + hour * 3'600'000, families));
}

TEST(Reducer, AClockThatIsSetBackDoesNotHoldTheWindowOpen) {
  Reducer reducer = with_window(10'000);
  const std::vector families{counter("c", {{{}, 1}})};
  EXPECT_FALSE(reducer.add(kStart + 86'401'000, families));
  EXPECT_FALSE(reducer.add(kStart + 1000, families)) << "a day back";
  const auto window = reducer.add(kStart + 10'000, std::vector{counter("c", {{{}, 10}})});
  ASSERT_TRUE(window.has_value());
  EXPECT_EQ(window->families[0].series[0].values[1], 1.0) << "no rate over a time that ran backwards";
}

TEST(Reducer, AWindowWithTooManySamplesEndsEarly) {
  Reducer reducer = with_window(3'600'000);
  const std::vector families{gauge("g", {{{}, 1}})};
  std::size_t ticks = 1;
  while (!reducer.add(kStart + static_cast<Timestamp>(ticks) * 100, families)) ++ticks;
  EXPECT_EQ(ticks, Reducer::kMostSamples);
}

TEST(Reducer, FinishGivesWhatIsThereOnce) {
  Reducer reducer = with_window(30'000);
  EXPECT_FALSE(reducer.finish().has_value());
  (void)reducer.add(kStart + 1000, std::vector{gauge("g", {{{}, 1}})});
  const auto window = reducer.finish();
  ASSERT_TRUE(window.has_value());
  EXPECT_EQ(window->end, kStart + 1000);
  EXPECT_FALSE(reducer.finish().has_value());
}

TEST(Reducer, QuantilesAreExact) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(1 + random() % 40);
    for (double& value : values) value = static_cast<double>(random() % 100);
    std::vector<double> sorted = values;
    std::ranges::sort(sorted);
    const double rank = 0.95 * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(rank);
    const auto above = std::min(below + 1, sorted.size() - 1);
    const double weight = rank - static_cast<double>(below);
    EXPECT_DOUBLE_EQ(quantile_of(values, 0.95), sorted[below] * (1 - weight) + sorted[above] * weight);
  }
}

// Series come, go and change places; each is to be found as if by a plain search.
TEST(SeriesTable, FindsEachSeriesInAnyOrder) {
  std::mt19937 random(11);
  SeriesTable table;
  std::map<std::string, int> expected;  // samples of each
  for (Timestamp time = 1; time < 200; ++time) {
    table.begin_tick();
    std::vector<int> pids(20);
    for (int& pid : pids) pid = static_cast<int>(random() % 60);
    std::ranges::sort(pids);
    pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
    if (time % 3 == 0) std::ranges::shuffle(pids, random);
    for (const int pid : pids) {
      SeriesWindow& series = table.at({{"pid", std::to_string(pid)}});
      ASSERT_EQ(series.labels.get("pid"), std::to_string(pid));
      EXPECT_EQ(series.value_count, static_cast<std::size_t>(expected[std::to_string(pid)]++));
      series.add(time, 1, MetricKind::kGauge, false);
    }
    if (time % 10 == 0) {
      table.forget_others(time);
      for (auto& [pid, count] : expected) {
        if (std::ranges::find(pids, std::stoi(pid)) == pids.end()) count = 0;
      }
      ASSERT_EQ(table.all().size(), pids.size());
    }
  }
}

}  // namespace
}  // namespace pmon
