// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "promql/values.h"

namespace pmon::promql {

// The ticks of a range in seconds from an origin, with sums over all of them: what trends need and what
// is the same for most series.
struct TimeAxis {
  bool known = false;
  Timestamp origin = 0;
  double sum = 0;
  double square_sum = 0;
  std::vector<double> x;
};

// What the windows of one range selection share.
struct WindowFrame {
  WindowFrame(const RangeVector& range, Timestamp evaluation_time)
      : ticks(range.ticks),
        first(range.first),
        end(range.end),
        range_start(range.range_start),
        range_end(range.range_end),
        evaluation(evaluation_time) {}

  TickTimes ticks;
  TickIndex first;  // ticks [first, end) lie in the range
  TickIndex end;
  Timestamp range_start;
  Timestamp range_end;
  Timestamp evaluation;                 // the time of this step
  mutable TimeAxis axis;                // of the last origin asked for
  mutable std::uint64_t looked_at = 0;  // samples since it was last set to 0

  [[nodiscard]] double range_seconds() const { return static_cast<double>(range_end - range_start) / 1000; }
};

// The run in force at `tick` at the latest: the last one that starts at or before it; nullptr where none does.
[[nodiscard]] const Run* run_at_or_before(const Series& series, TickIndex tick);
// Asks the processor to fetch what run_at_or_before() will look at.
void prefetch_run_at(const Series& series, TickIndex tick);

// The samples of one series in a range, as runs clipped to it. A run stands for a sample at each of its
// ticks; functions walk runs and not samples wherever that gives the same result to the last bit, and of a
// rising window they look at its ends only.
class Window {
 public:
  Window(const WindowFrame& frame, const Series& series)
      : frame_(frame),
        series_(series),
        has_tail_(series.last_run.first < frame.end && series.last_run.last >= frame.first && frame.first < frame.end &&
                  !is_stale(series.last_run.value)),
        loaded_(series.last_run.first < frame.first || series.older.empty()) {}

  [[nodiscard]] const WindowFrame& frame() const { return frame_; }
  [[nodiscard]] Timestamp time(TickIndex tick) const { return frame_.ticks.at(tick); }

  // A sample at each tick from the range's first to last_tick(), none less than the one before.
  [[nodiscard]] bool rising() const {
    return series_.rising_from <= frame_.first && series_.last_run.last >= frame_.first && frame_.first < frame_.end;
  }
  [[nodiscard]] TickIndex last_tick() const { return std::min(series_.last_run.last, frame_.end - 1); }
  // Of a tick that has a sample.
  [[nodiscard]] double value_at(TickIndex tick) const { return run_at_or_before(series_, tick)->value; }

  [[nodiscard]] bool empty() const { return !rising() && !has_tail_ && (load(), first_ == last_); }
  // All samples are one run: first_run() is the whole window.
  [[nodiscard]] bool single_run() const {
    load();
    return (last_ - first_) + (has_tail_ ? 1 : 0) == 1;
  }
  // Of windows that are not empty.
  [[nodiscard]] Run first_run() const {
    load();
    return clip(first_ != last_ ? *first_ : series_.last_run);
  }
  [[nodiscard]] Run last_run() const {
    if (has_tail_) return clip(series_.last_run);
    load();
    return clip(last_[-1]);
  }

  // The run before last_run(); false where that is the only one.
  [[nodiscard]] bool run_before_last(Run& out) const;

  // f(Run) for each run, oldest first. Stale markers are no samples.
  template <typename F>
  void for_each_run(F&& f) const {
    load();
    const auto look = [&](const Run& run) {
      const Run clipped = clip(run);
      frame_.looked_at += clipped.last - clipped.first + 1;
      f(clipped);
    };
    for (const Run* run = first_; run != last_; ++run) {
      if (!is_stale(run->value)) look(*run);
    }
    if (has_tail_) look(series_.last_run);
  }
  // f(tick, value) for each sample.
  template <typename F>
  void for_each(F&& f) const {
    for_each_run([&f](const Run& run) {
      for (TickIndex tick = run.first; tick <= run.last; ++tick) f(tick, run.value);
    });
  }
  [[nodiscard]] std::uint32_t count() const;

 private:
  [[nodiscard]] Run clip(const Run& run) const {
    return {std::max(run.first, frame_.first), std::min(run.last, frame_.end - 1), run.value};
  }
  // Finds the older runs; not before they are asked for, since that reads memory far away.
  void load() const {
    if (!loaded_) find_older();
  }
  void find_older() const;

  const WindowFrame& frame_;
  const Series& series_;
  mutable const Run* first_ = nullptr;  // older runs [first_, last_) reach into the range; none at its ends is stale
  mutable const Run* last_ = nullptr;
  bool has_tail_;  // so does the series' last run
  mutable bool loaded_;
};

}  // namespace pmon::promql
