// SPDX-License-Identifier: Apache-2.0
#include "delivery/retry_policy.h"

#include <algorithm>

namespace pmon::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstHurriedDelay{50};
constexpr milliseconds kLongestHurriedDelay{500};
constexpr double kJitter = 0.2;  // so that a fleet does not come back in one moment

}  // namespace

void RetryPolicy::answered() {
  failures_ = 0;
  delay_ = milliseconds::zero();
  next_attempt_ = Clock::time_point::min();
}

void RetryPolicy::failed(Clock::time_point now, std::optional<milliseconds> retry_after) {
  if (hurried_) {
    delay_ = std::clamp(delay_ * 2, kFirstHurriedDelay, kLongestHurriedDelay);
    next_attempt_ = now + delay_;
    return;
  }
  if (retry_after) {
    next_attempt_ =
        now + std::clamp(*retry_after, std::min(limits_.first_delay, kLongestRetryAfter), kLongestRetryAfter);
    return;
  }
  ++failures_;
  delay_ = std::clamp(delay_ * 2, std::min(limits_.first_delay, limits_.longest_delay), limits_.longest_delay);
  next_attempt_ = now + (open() ? limits_.open_for : std::min(jittered(delay_), limits_.longest_delay));
}

void RetryPolicy::hurry(Clock::time_point now) {
  hurried_ = true;
  delay_ = milliseconds::zero();
  next_attempt_ = now;
}

milliseconds RetryPolicy::jittered(milliseconds delay) {
  std::uniform_real_distribution<double> factor(1 - kJitter, 1 + kJitter);
  return std::chrono::round<milliseconds>(std::chrono::duration<double, std::milli>(delay) * factor(random_));
}

}  // namespace pmon::delivery
