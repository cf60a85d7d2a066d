// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "pmon/metrics.h"
#include "pmon/snapshot.h"

namespace pmon {

// Which processes are exported as series of their own, and the sum of all the others.
struct SelectedProcesses {
  std::vector<const ProcessSample*> own;  // alive, by pid; those that select() was given
  std::optional<MetricValues> other;      // absent until there was anything to sum
};

// Keeps the number of per-process series bounded without losing anything from the totals.
//
// Own series: the first `max_series` processes by any of CPU time, memory (resident and swapped),
// threads and faults, taken in turns from the four rankings; and every pinned one. CPU time and
// faults rank by their totals since the process began, and one that has its own series keeps it
// until another exceeds it by a tenth, so that series do not come and go.
//
// The sum "other": gauges are those of its living members. Counters only ever go up, by what its
// members used while they were members, dead ones included, plus what a process with its own series
// used between its last export and its end. So every second of CPU is in the increase of exactly one
// series. The price: what a process used in "other" before it got its own series, which starts at the
// process's true total, is in the level of both. Levels cannot be exact, true to the process and
// monotone at once; rate() and increase() work on increases.
//
// One thread. observe() must see every tick's processes, once; select() is for the ticks at which somebody looks.
class SeriesLimiter {
 public:
  using Pinned = std::function<bool(const ProcessSample&)>;  // a target, or a process with an alert

  explicit SeriesLimiter(std::size_t max_series) : max_series_(max_series) {}

  void set_max_series(std::size_t max_series) { max_series_ = max_series; }

  // Living processes, and those that ended since the last call.
  void observe(std::span<const ProcessSample* const> processes);
  // `processes` are those that observe() saw last.
  [[nodiscard]] SelectedProcesses select(std::span<const ProcessSample* const> processes, const Pinned& pinned);

 private:
  struct Known {
    std::uint64_t selection = 0;  // at which it was last exported
    bool own = false;             // had a series of its own then
    bool from_zero = false;       // born under our eyes, and not exported so far
    MetricValues last;            // as exported
  };

  [[nodiscard]] std::vector<bool> choose(std::span<const ProcessSample* const> processes, const Pinned& pinned) const;
  void account(const ProcessSample& process, bool own, MetricValues& other);
  void add_used(const ProcessSample& process, const Known* known);
  void forget_vanished();

  std::size_t max_series_;
  std::uint64_t selections_ = 0;
  bool begun_ = false;  // the first tick is over
  std::unordered_map<ProcessKey, Known, ProcessKeyHash> known_;
  MetricValues counters_;  // of "other", since the first tick
  bool any_other_ = false;
};

}  // namespace pmon
