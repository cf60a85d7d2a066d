// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "export/exposition.h"
#include "export/metric_filter.h"
#include "export/window.h"

namespace pmon {

struct ReducerOptions {
  Timestamp window_ms = 30'000;  // 0: each tick is a window
  MetricFilter metrics;
  Statistics statistics = Statistics::all();
};

// Reduces the series of every tick to a few statistics per window.
//
// Gauges: last, largest, mean and 95th percentile of the samples; NaN counts only as `last`. Counters: the last total,
// and largest, mean and 95th percentile of the increase per second from tick to tick, the one into the window included;
// a counter that goes backwards began anew from 0. The mean rate is the window's whole increase over its time. A
// series that has been seen once has no rate yet: missing, not 0. The percentile is exact, with linear interpolation
// between samples as PromQL's quantile_over_time does it.
//
// Windows end at multiples of their length, so that those of all hosts coincide; a tick at that very time belongs to
// the window that ends. One ends early when a series has kMostSamples, which bounds memory at short intervals. A series
// that is gone at the end of a window is reported with what it had, if anything, and then forgotten.
//
// One thread. Times are of the clock on the wall; it may be set, in either direction.
class Reducer {
 public:
  static constexpr std::size_t kMostSamples = 600;  // of one series in one window

  explicit Reducer(ReducerOptions options);
  ~Reducer();
  Reducer(Reducer&&) noexcept;
  Reducer& operator=(Reducer&&) noexcept;

  // The window, where this tick ends one.
  [[nodiscard]] std::optional<Window> add(Timestamp time, std::span<const exposition::Family> families);
  // Ends the window now. Absent where nothing came since the last one.
  [[nodiscard]] std::optional<Window> finish();

 private:
  class FamilyState;

  [[nodiscard]] FamilyState* state_of(const exposition::Family& family, std::size_t hint);
  [[nodiscard]] Timestamp end_after(Timestamp time) const;

  ReducerOptions options_;
  std::vector<std::unique_ptr<FamilyState>> families_;  // in the order in which they came
  Timestamp end_ = 0;                                   // of the present window
  Timestamp last_tick_ = 0;
  std::size_t ticks_ = 0;  // of the present window
};

}  // namespace pmon
