// SPDX-License-Identifier: Apache-2.0
// What a store that thins out the past still has: all that is looked at in full, what a look-back finds, and a few
// samples of each age.
#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "series/series_store.h"

namespace pmon {
namespace {

constexpr Timestamp kSecond = 1000;

Retention ten_seconds_of_x() {
  return {.in_full = {{"x", 10 * kSecond}}, .others_in_full = 0, .thinned = 300 * kSecond};
}

// Every tick that has a sample in [from, now], with the bits of its value.
std::map<TickIndex, std::uint64_t> samples(const Series& series, TickIndex from) {
  std::map<TickIndex, std::uint64_t> out;
  const auto add = [&](const Run& run) {
    for (TickIndex tick = std::max(run.first, from); run.first <= run.last && tick <= run.last; ++tick) {
      out[tick] = std::bit_cast<std::uint64_t>(run.value);
    }
  };
  for (const Run& run : series.older) add(run);
  add(series.last_run);
  return out;
}

const Run* newest_before(const Series& series, TickIndex tick) {
  if (series.last_run.first < tick) return &series.last_run;
  const Run* found = nullptr;
  for (const Run& run : series.older) found = run.first < tick ? &run : found;
  return found;
}

// The same samples go to a store that keeps all and to one that does not.
class RetentionTest : public testing::Test {
 protected:
  void start(Retention retention) { thinned_.retain(std::move(retention)); }
  void tick(std::optional<double> x) {
    now_ += kSecond;
    for (SeriesStore* store : {&all_, &thinned_}) {
      store->begin_tick(now_);
      if (x) store->append(store->open("x", {}), *x);
      store->forget_before(now_ - 400 * kSecond);
    }
  }
  void end() {
    now_ += kSecond;
    for (SeriesStore* store : {&all_, &thinned_}) {
      store->begin_tick(now_);
      store->release(store->open("x", {}));
      store->forget_before(now_ - 400 * kSecond);
    }
  }
  [[nodiscard]] static const Series& x(const SeriesStore& store) { return *store.series_of("x").front(); }

  Timestamp now_ = 0;
  SeriesStore all_;
  SeriesStore thinned_;
};

TEST_F(RetentionTest, OfWhatIsOlderAFewOfEachAgeStay) {
  start(ten_seconds_of_x());
  for (int i = 0; i < 1000; ++i) tick(i);
  const TickIndex newest = thinned_.current_tick();
  const auto kept = samples(x(thinned_), 0);
  for (TickIndex age = 0; age <= 300; ++age) {
    const TickIndex at = newest - age;
    if (age <= 10 || at % thinned_step(age) == 0) {
      ASSERT_TRUE(kept.contains(at)) << age << " s ago";
      EXPECT_EQ(kept.at(at), std::bit_cast<std::uint64_t>(static_cast<double>(at)));
    }
  }
  EXPECT_EQ(thinned_step(10), 1U);
  EXPECT_EQ(thinned_step(11), 2U);
  EXPECT_EQ(thinned_step(300), 32U);
  EXPECT_LE(x(thinned_).older.capacity(), 60U);
  EXPECT_GE(x(all_).older.capacity(), 400U);
}

TEST_F(RetentionTest, WhatALookBackFindsStays) {
  start(ten_seconds_of_x());
  for (int i = 0; i < 50; ++i) tick(i);
  for (int i = 0; i < 200; ++i) tick(std::nullopt);
  for (int i = 0; i < 5; ++i) tick(100 + i);
  const TickIndex at = thinned_.current_tick() - 5;
  ASSERT_NE(newest_before(x(thinned_), at), nullptr);
  EXPECT_EQ(newest_before(x(thinned_), at)->value, 49);
}

TEST_F(RetentionTest, RisingIsNotSaidOfWhatIsThinned) {
  start(ten_seconds_of_x());
  for (int i = 0; i < 500; ++i) tick(i);
  EXPECT_EQ(x(all_).rising_from, 99U) << "all that is there";
  const TickIndex newest = thinned_.current_tick();
  EXPECT_GE(x(thinned_).rising_from, newest - 20) << "there are gaps before";
  EXPECT_LE(x(thinned_).rising_from, newest - 9) << "all that is looked at rises";
}

TEST_F(RetentionTest, WithoutItEverythingStays) {
  for (int i = 0; i < 350; ++i) tick(i);
  EXPECT_EQ(samples(x(thinned_), 0), samples(x(all_), 0));
}

// Random walks, rests, gaps and ends; looked at where rules may look.
TEST_F(RetentionTest, NothingThatIsLookedAtIsMissing) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  start({.in_full = {{"x", 60 * kSecond}}, .others_in_full = 0, .thinned = 300 * kSecond});
  double value = 0;
  tick(value);  // or there is no series to look at
  for (int i = 0; i < 20'000; ++i) {
    const auto dice = random() % 100;
    if (dice == 0) {
      end();
    } else if (dice < 5) {
      for (auto n = random() % 100; n > 0; --n) tick(std::nullopt);
    } else {
      if (dice < 60) value += static_cast<double>(random() % 9) - 4;
      tick(value);
    }
    const TickIndex newest = thinned_.current_tick();
    const TickIndex from = newest < 60 ? 0 : newest - 60;
    ASSERT_EQ(samples(x(thinned_), from), samples(x(all_), from)) << "step " << i;
    const pmon::Run* expected = newest_before(x(all_), from);
    const pmon::Run* found = newest_before(x(thinned_), from);
    if (expected == nullptr || expected->last < all_.ticks().first) continue;
    ASSERT_NE(found, nullptr) << "step " << i;
    EXPECT_EQ(found->last, expected->last) << "step " << i;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(found->value), std::bit_cast<std::uint64_t>(expected->value));
  }
}

TEST_F(RetentionTest, LookedAtForLongerFromNowOnIsKeptFromNowOn) {
  start(ten_seconds_of_x());
  for (int i = 0; i < 500; ++i) tick(i);
  thinned_.retain({.in_full = {{"x", 100 * kSecond}}, .others_in_full = 0, .thinned = 300 * kSecond});
  for (int i = 500; i < 600; ++i) tick(i);
  const TickIndex from = thinned_.current_tick() - 100;
  EXPECT_EQ(samples(x(thinned_), from), samples(x(all_), from));
}

}  // namespace
}  // namespace pmon
