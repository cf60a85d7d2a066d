// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon {

// Number of a tick; the store's tick table maps it to a timestamp.
using TickIndex = std::uint32_t;

// Equal values at consecutive ticks are one run, so a series that does not move costs one run.
struct Run {
  TickIndex first;
  TickIndex last;  // inclusive
  double value;
};

// One series: its labels without the name (the store groups series by name) and its runs, oldest first.
struct Series {
  const Labels* labels = nullptr;  // interned: equal pointers mean equal label sets
  std::vector<Run> runs;           // runs[head..] are live; the store compacts
  std::size_t head = 0;
  TickIndex stale_from = UINT32_MAX;  // first tick at which the series is known to have ended
};

// In-memory samples for rule evaluation: append at ticks, read by name, forget by age. No clock, no
// threads: one owner at a time. All series share the tick timestamps, as samples of one tick do.
class SeriesStore {
 public:
  using Ref = std::uint32_t;

  // Starts the tick at time t; ticks must move forward.
  void begin_tick(Timestamp t);
  [[nodiscard]] TickIndex current_tick() const;
  [[nodiscard]] Timestamp time_of(TickIndex tick) const;
  // The last tick at or before t; false where there is none.
  [[nodiscard]] bool tick_at_or_before(Timestamp t, TickIndex& tick) const;

  // Finds or creates the series; labels carry no __name__. A Ref stays valid until release().
  Ref open(std::string_view name, const Labels& labels);
  // Sample at the current tick; at most one per series and tick.
  void append(Ref ref, double value);
  // A series just opened whose counter is known to have been 0 at the previous tick.
  void append_zero_before(Ref ref);
  // The series has ended: stale from the current tick on. Its samples stay until they age out;
  // the Ref is given back and must not be used again.
  void release(Ref ref);

  // Drops samples older than t, and series that are released and empty.
  void forget_before(Timestamp t);

  // Series of a metric name in creation order; valid until the next non-const call.
  [[nodiscard]] const std::vector<const Series*>& series_of(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;  // sorted

  [[nodiscard]] std::size_t series_count() const;
  [[nodiscard]] std::size_t memory_bytes() const;  // estimate of what samples and labels take

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;

 public:
  SeriesStore();
  ~SeriesStore();
  SeriesStore(SeriesStore&&) noexcept;
  SeriesStore& operator=(SeriesStore&&) noexcept;
};

}  // namespace pmon
