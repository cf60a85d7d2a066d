// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pmon/snapshot.h"

namespace pmon::monitor {

enum class CollectorChoice { kAuto, kEbpf, kProcfs };

// What `pmon watch` was asked for, already parsed and in range. A process is a target when any of
// pids, names, units, cgroups or command says so. Strings are as the user wrote them: a regular
// expression that does not compile or a unit that does not exist is for watch() to refuse.
struct WatchOptions {
  std::vector<std::int32_t> pids;    // > 0, no duplicates
  std::vector<std::string> names;    // RE2, matched anywhere in comm
  std::vector<std::string> units;    // systemd units: "nginx" or "nginx.service"
  std::vector<std::string> cgroups;  // absolute below the cgroup mount, or with the mount in front
  std::vector<std::string> command;  // program and arguments to start; empty: none
  bool children = true;              // descendants of a target are targets
  bool wait = false;                 // a target that is not there yet is no error

  Timestamp interval_ms = 1000;          // 100 … 3,600,000
  std::optional<Timestamp> duration_ms;  // absent: until all targets have ended

  bool samples = false;                 // a sample line per target and tick
  bool lifecycle = true;                // a line for each exec and exit of a target
  std::vector<std::string> rule_files;  // for reloading; parsed in WatchParts
  bool default_rules = true;
  std::optional<std::string> alerting_file;  // for reloading; parsed in WatchParts
  std::optional<std::string> textfile;       // for messages; opened in WatchParts
  std::optional<std::string> state;          // folder; likewise

  CollectorChoice collector = CollectorChoice::kAuto;
  std::size_t max_series = 200;               // per-process series besides targets and alerting processes
  std::optional<std::uint32_t> ledger_slots;  // absent: the collector's own choice
  std::optional<std::uint32_t> ring_bytes;    // a power of two, at least a page
  int stop_fd = -1;                           // readable: time to end. -1: SIGINT and SIGTERM say so
};

}  // namespace pmon::monitor
