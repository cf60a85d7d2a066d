// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "export/exposition.h"
#include "export/series_limiter.h"
#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon {

// A declared target, there or not: one pmon_process_up sample.
struct TargetUp {
  Labels labels;
  bool up = false;
};

// The processes of one group, and what those that ended used.
struct GroupRow {
  std::string group;
  std::uint64_t processes = 0;  // alive
  std::uint64_t started = 0;
  std::map<std::pair<int, int>, std::uint64_t> exited;  // by exit code and signal
  MetricValues totals;                                  // sums; counters include the dead and never go backwards
};

// What the monitor says about itself. What is absent is not exported.
struct SelfMetrics {
  struct Feature {
    std::string name;
    std::string mode;  // "full", "degraded", "missing"
    std::string reason;
  };
  struct RuleTime {
    std::string group;
    std::string rule;
    double seconds = 0;  // of the last evaluation
  };
  std::string version;
  std::optional<double> cpu_seconds;
  std::optional<double> resident_bytes;
  std::optional<double> collect_seconds;                            // of the last tick
  std::vector<RuleTime> rule_times;                                 // of every rule
  std::uint64_t collect_errors = 0;                                 // ticks at which nothing could be read
  std::vector<std::pair<std::string, std::uint64_t>> ledger_slots;  // state ("active", "dead", "free"), slots
  std::vector<Loss> losses;
  std::vector<Feature> features;
};

// The labels of processes_exited_total: code "3"; signal "SIGSEGV", absent where none ended the process.
[[nodiscard]] Labels exited_labels(const std::string& group, int code, int signal);

// Metrics of which a sum over processes says something: not start times and not limits.
[[nodiscard]] bool is_summable(Metric metric);

// pmon_process_…{pid,comm}, by metric, then pid; the rest of the host last, as comm="other".
[[nodiscard]] std::vector<exposition::Family> process_families(const SelectedProcesses& selected,
                                                               const std::vector<TargetUp>& targets);
// pmon_group_…{group}. Groups whose names are the same once made valid UTF-8 are added up.
[[nodiscard]] std::vector<exposition::Family> group_families(const std::vector<GroupRow>& groups);
[[nodiscard]] std::vector<exposition::Family> self_families(const SelfMetrics& self);

}  // namespace pmon
