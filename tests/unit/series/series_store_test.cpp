// SPDX-License-Identifier: Apache-2.0
#include "series/series_store.h"

#include <cmath>
#include <optional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What a reader sees of a series: its samples that are not forgotten, stale markers included.
std::vector<std::pair<Timestamp, double>> samples(const SeriesStore& store, const Series& series) {
  std::vector<std::pair<Timestamp, double>> out;
  const TickTimes ticks = store.ticks();
  const auto add = [&](const Run& run) {
    for (TickIndex tick = std::max(run.first, ticks.first); run.first <= run.last && tick <= run.last; ++tick) {
      out.emplace_back(ticks.at(tick), run.value);
    }
  };
  for (const Run& run : series.older) add(run);
  add(series.last_run);
  return out;
}

std::vector<std::pair<Timestamp, double>> samples(const SeriesStore& store, std::string_view name) {
  const auto& list = store.series_of(name);
  return list.empty() ? std::vector<std::pair<Timestamp, double>>() : samples(store, *list.front());
}

std::size_t run_count(const Series& series) { return series.older.size() + 1; }

TEST(SeriesStore, EqualValuesAreOneRunAndNeedNoHeap) {
  SeriesStore store;
  store.begin_tick(1000);
  const auto ref = store.open("threads", {{"pid", "1"}});
  store.append(ref, 5);
  const std::size_t before = store.memory_bytes();
  for (Timestamp t = 2000; t <= 4000; t += 1000) {
    store.begin_tick(t);
    store.append(ref, 5);
  }
  const Series& series = *store.series_of("threads").front();
  EXPECT_EQ(run_count(series), 1U);
  EXPECT_EQ(series.older.capacity(), 0U);
  EXPECT_LE(store.memory_bytes(), before + 4 * sizeof(Timestamp));
  EXPECT_THAT(samples(store, "threads"),
              ElementsAre(std::pair(1000, 5.0), std::pair(2000, 5.0), std::pair(3000, 5.0), std::pair(4000, 5.0)));
}

TEST(SeriesStore, ZeroAndMinusZeroAreDifferentAndNanIsEqualToItself) {
  SeriesStore store;
  store.begin_tick(0);
  const auto zero = store.open("zero", {});
  const auto nan = store.open("nan", {});
  store.append(zero, 0.0);
  store.append(nan, NAN);
  store.begin_tick(1);
  store.append(zero, -0.0);
  store.append(nan, NAN);
  EXPECT_EQ(run_count(*store.series_of("zero").front()), 2U);
  EXPECT_EQ(run_count(*store.series_of("nan").front()), 1U);
}

TEST(SeriesStore, AGapIsNoSample) {
  SeriesStore store;
  store.begin_tick(0);
  const auto ref = store.open("x", {});
  store.append(ref, 7);
  store.begin_tick(1);
  store.begin_tick(2);
  store.append(ref, 7);
  EXPECT_THAT(samples(store, "x"), ElementsAre(std::pair(0, 7.0), std::pair(2, 7.0)));
}

TEST(SeriesStore, TheLastSampleOfATickCounts) {
  SeriesStore store;
  const auto ref = store.open("x", {});
  store.begin_tick(0);
  store.append(ref, 1);
  store.append(ref, 2);
  store.begin_tick(1);
  store.append(ref, 2);
  store.append(ref, 2);
  store.append(ref, 3);
  EXPECT_THAT(samples(store, "x"), ElementsAre(std::pair(0, 2.0), std::pair(1, 3.0)));
}

TEST(SeriesStore, EqualLabelsAreInternedAcrossNamesAndReleasedWithTheirLastSeries) {
  SeriesStore store;
  store.begin_tick(0);
  const auto a = store.open("a", {{"pid", "1"}, {"comm", "x"}});
  const auto b = store.open("b", {{"comm", "x"}, {"pid", "1"}});
  EXPECT_NE(a, b);
  EXPECT_EQ(store.series_of("a").front()->labels, store.series_of("b").front()->labels);
  EXPECT_EQ(store.open("a", {{"pid", "1"}, {"comm", "x"}}), a);
  EXPECT_EQ(store.find_labels({{"pid", "1"}, {"comm", "x"}}), store.series_of("a").front()->labels);
  EXPECT_EQ(store.find_labels({{"pid", "2"}}), nullptr);
  EXPECT_EQ(store.series_count(), 2U);
  EXPECT_THAT(store.names(), ElementsAre("a", "b"));

  store.release(a);
  store.begin_tick(10);
  store.append(b, 1);
  store.forget_before(5);
  EXPECT_EQ(store.series_count(), 1U);
  EXPECT_THAT(store.names(), ElementsAre("b"));
  EXPECT_NE(store.find_labels({{"pid", "1"}, {"comm", "x"}}), nullptr);
  store.release(b);
  store.begin_tick(20);
  store.forget_before(20);
  EXPECT_EQ(store.series_count(), 0U);
  EXPECT_EQ(store.find_labels({{"pid", "1"}, {"comm", "x"}}), nullptr);
}

TEST(SeriesStore, AReleasedSeriesIsStaleFromItsTickAndKeepsItsSamples) {
  SeriesStore store;
  store.begin_tick(0);
  const auto ref = store.open("x", {});
  store.append(ref, 1);
  store.begin_tick(1);
  store.append(ref, 1);
  store.release(ref);
  store.begin_tick(2);
  const Series& series = *store.series_of("x").front();
  EXPECT_TRUE(is_stale(series.last_run.value));
  EXPECT_EQ(series.last_run.first, 1U);
  EXPECT_EQ(series.older.begin()->last, 1U);
  EXPECT_EQ(store.series_count(), 1U);
  store.forget_before(2);
  EXPECT_EQ(store.series_count(), 0U);
  EXPECT_THAT(store.series_of("x"), IsEmpty());
}

TEST(SeriesStore, AReopenedSeriesGoesOnAfterItsMarker) {
  SeriesStore store;
  store.begin_tick(0);
  const auto ref = store.open("x", {{"pid", "1"}});
  store.append(ref, 1);
  store.release(ref);
  store.release(ref);  // given back already: nothing to do
  store.begin_tick(1);
  const auto again = store.open("x", {{"pid", "1"}});
  store.append(again, 2);
  EXPECT_EQ(store.series_of("x").size(), 1U);
  store.begin_tick(2);
  store.append(again, 2);
  store.forget_before(1);  // the marker's age is no reason to drop what lives again
  EXPECT_EQ(store.series_count(), 1U);
  EXPECT_THAT(samples(store, "x"), ElementsAre(std::pair(1, 2.0), std::pair(2, 2.0)));
}

TEST(SeriesStore, ReleasedAndOpenedWithinATickManyTimes) {
  SeriesStore store;
  store.begin_tick(0);
  auto ref = store.open("x", {});
  store.append(ref, 1);
  for (int i = 0; i < 3; ++i) {
    store.release(ref);
    ref = store.open("x", {});
  }
  store.release(ref);
  store.begin_tick(5);
  store.forget_before(5);
  EXPECT_EQ(store.series_count(), 0U);
  ref = store.open("x", {});
  store.append(ref, 9);
  EXPECT_THAT(samples(store, "x"), ElementsAre(std::pair(5, 9.0)));
}

TEST(SeriesStore, ABornCounterStartsFromZeroAtTheTickBefore) {
  SeriesStore store;
  store.begin_tick(0);
  const auto first = store.open("first", {});
  store.append_zero_before(first);  // there is no tick before
  store.append(first, 3);
  store.begin_tick(1000);
  const auto born = store.open("born", {});
  store.append_zero_before(born);
  store.append(born, 4);
  store.append(first, 3);
  store.append_zero_before(first);  // it has a sample there
  EXPECT_THAT(samples(store, "first"), ElementsAre(std::pair(0, 3.0), std::pair(1000, 3.0)));
  EXPECT_THAT(samples(store, "born"), ElementsAre(std::pair(0, 0.0), std::pair(1000, 4.0)));
}

TEST(SeriesStore, TicksAreFoundByTime) {
  SeriesStore store;
  TickIndex tick = 0;
  EXPECT_FALSE(store.tick_at_or_before(0, tick));
  for (Timestamp t = 1000; t <= 200'000; t += 1000) store.begin_tick(t);
  EXPECT_FALSE(store.tick_at_or_before(999, tick));
  ASSERT_TRUE(store.tick_at_or_before(1000, tick));
  EXPECT_EQ(store.time_of(tick), 1000);
  ASSERT_TRUE(store.tick_at_or_before(1999, tick));
  EXPECT_EQ(store.time_of(tick), 1000);
  ASSERT_TRUE(store.tick_at_or_before(1'000'000, tick));
  EXPECT_EQ(store.time_of(tick), 200'000);
  EXPECT_EQ(tick, store.current_tick());
  store.forget_before(150'500);
  EXPECT_FALSE(store.tick_at_or_before(150'500, tick));
  ASSERT_TRUE(store.tick_at_or_before(151'000, tick));
  EXPECT_EQ(store.time_of(tick), 151'000);
}

TEST(SeriesStore, ATimeThatDoesNotMoveForwardIsPutAfterTheLast) {
  SeriesStore store;
  store.begin_tick(1000);
  store.begin_tick(500);
  EXPECT_EQ(store.time_of(store.current_tick()), 1001);
  store.forget_before(2000);
  store.begin_tick(900);
  EXPECT_EQ(store.time_of(store.current_tick()), 1002);
}

TEST(SeriesStore, MemoryOfAMovingSeriesIsBoundedByWhatIsKept) {
  SeriesStore store;
  const auto moving = store.open("moving", {});
  const auto resting = store.open("resting", {});
  std::size_t after_warm_up = 0;
  for (int i = 0; i < 100'000; ++i) {
    store.begin_tick(i);
    store.append(moving, i);
    store.append(resting, i < 5000 ? i : 0);
    store.forget_before(i - 300);
    if (i == 5000) after_warm_up = store.memory_bytes();
  }
  EXPECT_LE(store.memory_bytes(), after_warm_up);
  EXPECT_EQ(store.series_of("resting").front()->older.capacity(), 0U);
  EXPECT_LE(store.series_of("moving").front()->older.capacity(), 400U);
  EXPECT_EQ(samples(store, "moving").size(), 301U);
}

TEST(SeriesStore, TenThousandMostlyIdleProcessesAreSmall) {
  SeriesStore store;
  std::vector<SeriesStore::Ref> refs;
  for (int pid = 0; pid < 10'000; ++pid) {
    const Labels labels{{"pid", std::to_string(pid)}, {"comm", "worker"}};
    for (int metric = 0; metric < 12; ++metric) refs.push_back(store.open("metric_" + std::to_string(metric), labels));
  }
  for (int tick = 0; tick < 300; ++tick) {
    store.begin_tick(tick * 1000);
    for (std::size_t i = 0; i < refs.size(); ++i) store.append(refs[i], i % 10 == 0 ? tick : 1);
  }
  EXPECT_EQ(store.series_count(), 120'000U);
  // 12,000 series × 300 samples of 16 bytes and growth, 120,000 × 48 bytes, 10,000 label sets.
  EXPECT_LT(store.memory_bytes(), 90'000'000U);
  EXPECT_GT(store.memory_bytes(), 57'600'000U);
}

// Against a plain model, with random births, deaths, gaps and forgetting.
TEST(SeriesStore, AgreesWithAModelUnderRandomUse) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&random](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
  constexpr unsigned kSeries = 200;
  SeriesStore store;
  std::vector<std::optional<SeriesStore::Ref>> refs(kSeries);
  std::vector<std::vector<std::pair<Timestamp, double>>> model(kSeries);
  const auto labels_of = [](unsigned i) { return Labels{{"pid", std::to_string(i)}}; };
  for (Timestamp t = 0; t < 3000; t += 10) {
    store.begin_tick(t);
    for (unsigned i = 0; i < kSeries; ++i) {
      if (!refs[i] && below(20) == 0) refs[i] = store.open("x", labels_of(i));
      if (refs[i] && below(30) != 0) {
        const double value = below(4);
        store.append(*refs[i], value);
        model[i].emplace_back(t, value);
      }
      if (refs[i] && below(40) == 0) {
        store.release(*refs[i]);
        refs[i].reset();
      }
    }
    if (below(5) == 0) store.forget_before(t - 500);
  }
  store.forget_before(2500);
  for (auto& series : model) std::erase_if(series, [](const auto& sample) { return sample.first < 2500; });
  std::vector<std::vector<std::pair<Timestamp, double>>> seen(kSeries);
  for (const Series* series : store.series_of("x")) {
    auto found = samples(store, *series);
    std::erase_if(found, [](const auto& sample) { return is_stale(sample.second); });
    seen[std::stoul(std::string(series->labels->get("pid")))] = std::move(found);
  }
  EXPECT_EQ(seen, model);
}

}  // namespace
}  // namespace pmon
