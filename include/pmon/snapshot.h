// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pmon/metrics.h"

namespace pmon {

// Milliseconds since the Unix epoch.
using Timestamp = std::int64_t;

// A process for all collectors: its pid and its start in clock ticks since boot, as in /proc/PID/stat.
struct ProcessKey {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;
  auto operator<=>(const ProcessKey&) const = default;
};

struct ProcessKeyHash {
  std::size_t operator()(const ProcessKey& key) const {
    const std::uint64_t mixed = key.start_ticks * 0x9E37'79B9'7F4A'7C15 + static_cast<std::uint32_t>(key.pid);
    return static_cast<std::size_t>((mixed ^ (mixed >> 29)) * 0xBF58'476D'1CE4'E5B9);
  }
};

// How a process ended, as waitpid(2) tells it. Both are absent where the collector cannot know it.
struct Exit {
  std::optional<int> code;    // of exit(2); 0 when a signal ended it
  std::optional<int> signal;  // 0 when it ended by itself
  std::optional<double> lifetime_seconds;
};

// One process at one tick.
struct ProcessSample {
  ProcessKey key;
  std::int32_t parent_pid = 0;  // when it was born or first seen
  std::uint32_t uid = 0;
  std::uint64_t cgroup_id = 0;  // 0 where the collector does not know
  std::uint32_t exec_count = 0;
  std::uint32_t slot = 0;  // the collector's own handle; 0 where it has none
  std::string comm;
  bool born = false;         // born since the collector's last tick: its counters started from 0
  std::optional<Exit> exit;  // set in the last sample of an ended process
  MetricValues metrics;
};

struct LifecycleEvent {
  enum class Kind { kExec, kOomKill };
  Kind kind;
  ProcessKey key;  // start_ticks is 0 where the kernel named only the pid
  std::string comm;
};

// Something that the collector could not measure or lost; counted since it was opened.
struct Loss {
  std::string cause;  // value of the label `cause` of pmon_events_lost_total
  std::uint64_t total = 0;
  bool healed = false;  // a later reading made good what was lost
};

// Something the user should know: degradation, loss, recovery.
struct Notice {
  enum class Level { kInfo, kWarning, kError };
  Level level;
  std::string code;  // "ledger_full"
  std::string text;
};

// What a collector saw at one tick. Reused from tick to tick to keep its memory.
struct Snapshot {
  Timestamp time = 0;
  std::vector<ProcessSample> processes;  // living ones, and those that ended since the last tick
  std::vector<LifecycleEvent> events;
  std::vector<Loss> losses;
  std::vector<Notice> notices;
  void clear();
};

}  // namespace pmon
