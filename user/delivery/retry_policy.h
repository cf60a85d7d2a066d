// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

#include "delivery/destination.h"

namespace pmon::delivery {

struct RetryLimits {
  std::chrono::milliseconds first_delay{1000};
  std::chrono::milliseconds longest_delay{30000};
  unsigned failures_to_open = 5;  // 0: the circuit never opens
  std::chrono::milliseconds open_for{30000};
};

// The most that a Retry-After may ask for: beyond it the other side is asked all the same.
inline constexpr std::chrono::milliseconds kLongestRetryAfter = std::chrono::minutes(10);

// When the next attempt may be made, by what came of those before: delays that double, and a circuit breaker. No
// thread, no clock. It is about the other side as a whole, not about one item.
class RetryPolicy {
 public:
  RetryPolicy(const RetryLimits& limits, std::uint32_t seed) : limits_(limits), random_(seed) {}

  // The other side took an item, or refused it for good: either way it is there, and the next may go at once.
  void answered();
  // An attempt failed at `now`. An answer that says when to come again (Retry-After) is obeyed and does not count
  // towards opening the circuit: the other side is busy, not dead.
  void failed(Clock::time_point now, std::optional<std::chrono::milliseconds> retry_after = {});
  // From now on time is short: the next attempt at once, whatever was decided, and delays of 50 to 500 ms.
  void hurry(Clock::time_point now);

  // In the past where nothing has to be waited for.
  [[nodiscard]] Clock::time_point next_attempt() const { return next_attempt_; }
  // Open: the next attempt is a probe, and only its success closes the circuit.
  [[nodiscard]] bool open() const { return limits_.failures_to_open != 0 && failures_ >= limits_.failures_to_open; }

 private:
  [[nodiscard]] std::chrono::milliseconds jittered(std::chrono::milliseconds delay);

  RetryLimits limits_;
  std::minstd_rand random_;
  unsigned failures_ = 0;  // in a row
  std::chrono::milliseconds delay_{};
  Clock::time_point next_attempt_ = Clock::time_point::min();
  bool hurried_ = false;
};

}  // namespace pmon::delivery
