// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "promql/values.h"

namespace pmon::promql {

// What the windows of one range selection share.
struct WindowFrame {
  TickTimes ticks;
  TickIndex first = 0;  // ticks [first, end) lie in the range
  TickIndex end = 0;
  Timestamp range_start = 0;
  Timestamp range_end = 0;
  Timestamp evaluation = 0;  // the time of this step

  [[nodiscard]] double range_seconds() const { return static_cast<double>(range_end - range_start) / 1000; }
};

// The samples of one series in a range, as runs clipped to it. A run stands for a sample at each of its
// ticks; functions walk runs and not samples wherever that gives the same result to the last bit.
class Window {
 public:
  Window(const WindowFrame& frame, const Series& series);

  [[nodiscard]] const WindowFrame& frame() const { return frame_; }
  [[nodiscard]] Timestamp time(TickIndex tick) const { return frame_.ticks.at(tick); }
  [[nodiscard]] bool empty() const { return first_ == last_ && !has_tail_; }
  // All samples are one run: first_run() is the whole window.
  [[nodiscard]] bool single_run() const { return (last_ - first_) + (has_tail_ ? 1 : 0) == 1; }
  [[nodiscard]] Run first_run() const { return clip(first_ != last_ ? *first_ : tail_); }
  [[nodiscard]] Run last_run() const { return clip(has_tail_ ? tail_ : last_[-1]); }

  // f(Run) for each run, oldest first. Stale markers are no samples.
  template <typename F>
  void for_each_run(F&& f) const {
    for (const Run* run = first_; run != last_; ++run) {
      if (!is_stale(run->value)) f(clip(*run));
    }
    if (has_tail_) f(clip(tail_));
  }
  // f(tick, value) for each sample.
  template <typename F>
  void for_each(F&& f) const {
    for_each_run([&f](const Run& run) {
      for (TickIndex tick = run.first; tick <= run.last; ++tick) f(tick, run.value);
    });
  }
  [[nodiscard]] std::uint32_t count() const {
    std::uint32_t samples = 0;
    for_each_run([&samples](const Run& run) { samples += run.last - run.first + 1; });
    return samples;
  }

 private:
  [[nodiscard]] Run clip(const Run& run) const {
    return {std::max(run.first, frame_.first), std::min(run.last, frame_.end - 1), run.value};
  }
  void find_older(const RunBuffer& older);

  const WindowFrame& frame_;
  Run tail_;                    // the series' last run
  const Run* first_ = nullptr;  // older runs [first_, last_) reach into the range; none at its ends is stale
  const Run* last_ = nullptr;
  bool has_tail_;
};

inline Window::Window(const WindowFrame& frame, const Series& series)
    : frame_(frame),
      tail_(series.last_run),
      has_tail_(tail_.first < frame.end && tail_.last >= frame.first && frame.first < frame.end) {
  const bool tail_is_stale = has_tail_ && is_stale(tail_.value);
  if (tail_is_stale) has_tail_ = false;
  // A series that has not moved since before the range: the last run is all.
  if (series.last_run.first < frame.first || frame.first >= frame.end || series.older.empty()) return;
  find_older(series.older);
}

// The run in force at `tick` at the latest: the last one that starts at or before it; nullptr where none does.
[[nodiscard]] const Run* run_at_or_before(const Series& series, TickIndex tick);

}  // namespace pmon::promql
