// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pmon/labels.h"
#include "pmon/snapshot.h"
#include "series/run_buffer.h"
#include "series/tick_table.h"

namespace pmon {

// One series: its labels without the name (the store groups series by name) and its runs: the
// closed ones, oldest first, then the last one, kept in place so that an append to an idle series
// touches one cache line. A run of the stale marker says that the series is gone from there on.
struct Series {
  const Labels* labels = nullptr;  // interned: equal pointers mean equal label sets
  Run last_run{UINT32_MAX, UINT32_MAX - 1, 0};
  [[no_unique_address]] RunBuffer older;
  // From this tick on there is a sample at each tick and none is less than the one before (nor NaN), up to
  // the end of last_run: what most counters always are. First and last value then tell all.
  TickIndex rising_from = UINT32_MAX;
};
static_assert(sizeof(Series) == 48, "paid for every series, idle ones too");

// How long before the current tick the samples of a metric are looked at, in ms. What is older is kept in ever wider
// steps (see Keep), and at its end not at all but for what a look-back still finds.
struct Retention {
  static constexpr Timestamp kForever = INT64_MAX / 2;
  std::map<std::string, Timestamp, std::less<>> in_full;  // by metric
  Timestamp others_in_full = kForever;                    // metrics that are not listed
  Timestamp thinned = 0;                                  // of all metrics
};

// In-memory samples for rule evaluation: append at ticks, read by name, forget by age. No clock, no
// threads: one owner at a time. All series share the tick timestamps, as samples of one tick do.
// A series that is not appended to at a tick, though not released, has no sample at that tick.
class SeriesStore {
 public:
  using Ref = std::uint32_t;

  // Starts the tick at time t; ticks must move forward.
  void begin_tick(Timestamp t);
  // Only after the first begin_tick().
  [[nodiscard]] TickIndex current_tick() const;
  // Only for ticks that are not forgotten.
  [[nodiscard]] Timestamp time_of(TickIndex tick) const;
  // The last tick at or before t; false where there is none.
  [[nodiscard]] bool tick_at_or_before(Timestamp t, TickIndex& tick) const;
  // The ticks that are not forgotten; valid until the next non-const call. Runs may reach further back.
  [[nodiscard]] TickTimes ticks() const;

  // Finds or creates the series; labels carry no __name__. A Ref stays valid until release().
  // A released series that is opened again goes on after its stale marker.
  Ref open(std::string_view name, const Labels& labels);
  // Sample at the current tick; at most one per series and tick (the last one counts).
  void append(Ref ref, double value);
  // A series just opened whose counter is known to have been 0 at the previous tick. Before append().
  void append_zero_before(Ref ref);
  // The series has ended: stale from the current tick on. Its samples stay until they age out (one of
  // the current tick is seen by ranges); the Ref is given back and must not be used again.
  void release(Ref ref);

  // Until this is called every sample is kept until it is forgotten; from then on more may be gone.
  void retain(Retention retention);
  // Drops samples older than t, and series that are released and empty.
  void forget_before(Timestamp t);

  // Series of a metric name; valid until the next non-const call. Ones without a sample that is not
  // forgotten may be among them.
  [[nodiscard]] const std::vector<const Series*>& series_of(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;  // sorted
  // The interned set equal to these labels; nullptr where no series bears it.
  [[nodiscard]] const Labels* find_labels(const Labels& labels) const;

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
