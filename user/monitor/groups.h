// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/host_metrics.h"
#include "monitor/process_table.h"
#include "pmon/metrics.h"
#include "pmon/snapshot.h"

namespace pmon::monitor {

// Adds processes up by comm. Gauges are sums over the living. Counters never go backwards: what a
// process used before it ended, or before it went to another group by an exec, stays where it was used.
//
// Processes of the first update count with all they used since their birth, and so do those that are
// born later; one that is first seen later than its birth counts from then on.
//
// Groups without living processes stay, so that their counters do not vanish between two runs of a
// short-lived program; of more than max_idle the ones longest without a process are forgotten, and begin
// at 0 when they come again. (Added to another group they would be an increase there of what was used long
// ago.) One thread at a time.
class Groups {
 public:
  static constexpr std::size_t kMaxIdle = 1000;

  explicit Groups(std::size_t max_idle = kMaxIdle) : max_idle_(max_idle) {}

  // One tick: every living process, and those that ended since the last update.
  void update(std::span<const ProcessSample* const> processes);

  // In the order in which they were first seen. `exited` leaves out processes whose status is not
  // known: no code would be true. `started` leaves out those of the first update.
  [[nodiscard]] const std::vector<GroupRow>& rows() const { return rows_; }

 private:
  using GroupIndex = std::uint32_t;
  struct State {
    MetricValues last;
    GroupIndex group = 0;
    bool counted = false;  // among the living of its group
    bool ended = false;
  };
  struct Extra {                                       // of the row with the same index
    std::array<std::uint32_t, kMetricCount> gauges{};  // living processes that have this gauge
    std::uint64_t idle_since = 0;                      // number of the update
  };

  GroupIndex group_of(const std::string& name);
  void enter(State& state, GroupIndex group);
  void leave(State& state);
  void add_counters(const MetricValues& now, State& state);
  void replace_gauges(const MetricValues& now, State& state);
  void forget_idle();
  static void count_exit(const Exit& exit, GroupRow& row);

  std::size_t max_idle_;
  std::vector<GroupRow> rows_;
  std::vector<Extra> extras_;
  std::unordered_map<std::string, GroupIndex> index_;
  ProcessTable<State> table_;
  std::uint64_t updates_ = 0;
};

}  // namespace pmon::monitor
