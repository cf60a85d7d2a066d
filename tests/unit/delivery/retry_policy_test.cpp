// SPDX-License-Identifier: Apache-2.0
#include "delivery/retry_policy.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace pmon::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Clock::time_point kStart{seconds(1000)};

milliseconds delay_after_failure(RetryPolicy& policy, Clock::time_point now) {
  policy.failed(now);
  return std::chrono::duration_cast<milliseconds>(policy.next_attempt() - now);
}

TEST(RetryPolicy, FirstAttemptIsAtOnce) { EXPECT_LE(RetryPolicy({}, 1).next_attempt(), kStart); }

TEST(RetryPolicy, DelaysDoubleWithinJitterUpToTheLongest) {
  const RetryLimits limits{.longest_delay = seconds(30), .failures_to_open = 0};
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    RetryPolicy policy(limits, seed);
    for (const int expected : {1000, 2000, 4000, 8000, 16000, 30000, 30000}) {
      const milliseconds delay = delay_after_failure(policy, kStart);
      EXPECT_GE(delay, milliseconds(expected * 8 / 10));
      EXPECT_LE(delay, std::min(milliseconds(expected * 12 / 10), limits.longest_delay));
    }
  }
}

TEST(RetryPolicy, JitterSpreadsAFleet) {
  milliseconds shortest = seconds(100);
  milliseconds longest{};
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    RetryPolicy policy({}, seed);
    const milliseconds delay = delay_after_failure(policy, kStart);
    shortest = std::min(shortest, delay);
    longest = std::max(longest, delay);
  }
  EXPECT_LT(shortest, milliseconds(850));
  EXPECT_GT(longest, milliseconds(1150));
}

TEST(RetryPolicy, AnAnswerBeginsAnew) {
  RetryPolicy policy({.failures_to_open = 0}, 1);
  for (int i = 0; i < 4; ++i) policy.failed(kStart);
  policy.answered();
  EXPECT_LE(policy.next_attempt(), kStart);
  EXPECT_LE(delay_after_failure(policy, kStart), milliseconds(1200));
}

TEST(RetryPolicy, CircuitOpensProbesAndCloses) {
  RetryPolicy policy({.failures_to_open = 3, .open_for = seconds(30)}, 1);
  policy.failed(kStart);
  policy.failed(kStart);
  EXPECT_FALSE(policy.open());
  EXPECT_EQ(delay_after_failure(policy, kStart), seconds(30));
  EXPECT_TRUE(policy.open());
  // The probe fails: as long again.
  EXPECT_EQ(delay_after_failure(policy, kStart + seconds(30)), seconds(30));
  EXPECT_TRUE(policy.open());
  policy.answered();
  EXPECT_FALSE(policy.open());
  EXPECT_LE(policy.next_attempt(), kStart);
}

TEST(RetryPolicy, ObeysRetryAfterWithinBounds) {
  RetryPolicy policy({}, 1);
  policy.failed(kStart, seconds(7));
  EXPECT_EQ(policy.next_attempt(), kStart + seconds(7));
  policy.failed(kStart, minutes(600));
  EXPECT_EQ(policy.next_attempt(), kStart + kLongestRetryAfter);
  policy.failed(kStart, milliseconds(0));  // no busy loop
  EXPECT_EQ(policy.next_attempt(), kStart + seconds(1));
}

TEST(RetryPolicy, ABusyServerIsNotADeadOne) {
  RetryPolicy policy({.failures_to_open = 3}, 1);
  for (int i = 0; i < 10; ++i) policy.failed(kStart, seconds(2));
  EXPECT_FALSE(policy.open());
}

TEST(RetryPolicy, HurriesAtTheEnd) {
  RetryPolicy policy({.failures_to_open = 1}, 1);
  policy.failed(kStart);
  ASSERT_TRUE(policy.open());
  policy.hurry(kStart);
  EXPECT_EQ(policy.next_attempt(), kStart);
  for (const int expected : {50, 100, 200, 400, 500, 500}) {
    EXPECT_EQ(delay_after_failure(policy, kStart), milliseconds(expected));
  }
  policy.failed(kStart, seconds(60));
  EXPECT_EQ(policy.next_attempt(), kStart + milliseconds(500));
}

}  // namespace
}  // namespace pmon::delivery
