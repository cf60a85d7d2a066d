// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "pmon/snapshot.h"
#include "series/run_buffer.h"

namespace pmon {

// The timestamps of ticks [first, end), ascending; a view.
struct TickTimes {
  const Timestamp* times = nullptr;  // times[0] is that of `first`
  TickIndex first = 0;
  TickIndex end = 0;

  [[nodiscard]] Timestamp at(TickIndex tick) const { return times[tick - first]; }
  // The first tick at or after t, the first tick after t; `end` where there is none.
  [[nodiscard]] TickIndex lower_bound(Timestamp t) const {
    return first + static_cast<TickIndex>(std::lower_bound(times, times + (end - first), t) - times);
  }
  [[nodiscard]] TickIndex upper_bound(Timestamp t) const {
    return first + static_cast<TickIndex>(std::upper_bound(times, times + (end - first), t) - times);
  }
};

// Owns the timestamps; ticks are numbered from 0 and forgotten from the front.
class TickTable {
 public:
  // A time that is not after the last one is taken as 1 ms after it: lookups rely on the order.
  void push(Timestamp t) {
    if (!times_.empty()) t = std::max(t, times_.back() + 1);
    times_.push_back(t);
  }
  void forget_before(Timestamp t) {
    while (head_ < times_.size() && times_[head_] < t) ++head_;
    if (head_ * 2 <= times_.size() || times_.size() < 64) return;
    // The last time stays, so that order can be kept.
    const std::size_t drop = std::min(head_, times_.size() - 1);
    times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(drop));
    base_ += static_cast<TickIndex>(drop);
    head_ -= drop;
  }
  [[nodiscard]] TickTimes view() const {
    return {times_.data() + head_, base_ + static_cast<TickIndex>(head_), next()};
  }
  // Number of the next tick.
  [[nodiscard]] TickIndex next() const { return base_ + static_cast<TickIndex>(times_.size()); }
  [[nodiscard]] std::size_t memory_bytes() const { return times_.capacity() * sizeof(Timestamp); }

 private:
  std::vector<Timestamp> times_;
  std::size_t head_ = 0;  // times_[0, head_) are forgotten
  TickIndex base_ = 0;    // number of times_[0]
};

}  // namespace pmon
