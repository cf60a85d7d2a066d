// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/proc_file.h"
#include "monitor/targets_cgroup.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace re2 {
class RE2;
}

namespace pmon::monitor {

// What the user declared; every entry is one target.
struct TargetSpec {
  std::vector<std::int32_t> pids;
  std::vector<std::string> names;    // RE2, found anywhere in comm or in the name of the executable
  std::vector<std::string> units;    // "nginx" or "nginx.service"
  std::vector<std::string> cgroups;  // below a hierarchy's root, or with /sys/fs/cgroup in front
  std::int32_t command_pid = 0;      // of a program started to be watched; 0: none
  std::string command;               // its name
  bool children = true;              // descendants of targets are targets
  bool wait = false;                 // names, units and cgroups may come later, and come back
  bool everything = false;           // all other processes are targets, too, of no declaration
  bool recorded = false;             // processes of a recording: found by comm alone, and nothing is asked of /proc
  std::int32_t self_pid = 0;         // the monitor itself: a target only when named by its pid
};

class TargetFacts;

// One entry of the specification: which processes it means. Not their descendants.
class TargetMatch {
 public:
  // All of the specification, in the order pids, names, units, cgroups, command. An error (kUsage)
  // where one of them cannot be, or, unless spec.wait, means no process of the host now. Of a recording, names alone.
  [[nodiscard]] static Result<std::vector<TargetMatch>> make(const TargetSpec& spec, const proc::HostPaths& paths);

  // "pid 1234", "name nginx|php", "unit nginx.service", "cgroup /a", "command make".
  [[nodiscard]] const std::string& label() const { return label_; }
  // Whether it can mean another process once those that it meant have ended.
  [[nodiscard]] bool lasting() const { return !key_; }
  [[nodiscard]] bool needs_cgroup() const { return cgroup_.has_value(); }
  [[nodiscard]] bool needs_exe() const { return regex_ != nullptr; }

  // Whether the process of a pid is there now; false for all others.
  [[nodiscard]] bool lives() const;

  // The last two are asked for only where needed; "" is unknown.
  [[nodiscard]] bool matches_key(const ProcessKey& key) const { return key_ == key; }
  [[nodiscard]] bool matches_name(std::string_view name) const;
  [[nodiscard]] bool matches_cgroup(std::string_view proc_cgroup) const;

 private:
  [[nodiscard]] static Result<std::vector<TargetMatch>> make_recorded(const TargetSpec& spec);
  [[nodiscard]] static Result<TargetMatch> of_pid(std::int32_t pid, proc::Directory& proc);
  [[nodiscard]] static Result<TargetMatch> of_name(const std::string& regex);
  [[nodiscard]] static Result<void> check_present(const std::vector<TargetMatch>& all, const TargetSpec& spec,
                                                  TargetFacts& facts);

  std::string label_;
  std::string option_;                     // "--name 'x'", for messages
  std::optional<ProcessKey> key_;          // of a pid
  std::shared_ptr<const re2::RE2> regex_;  // of a name
  std::optional<CgroupMatch> cgroup_;      // of a unit or cgroup
};

// Asks /proc for what matches need of a process beyond its sample. One thread at a time.
class TargetFacts {
 public:
  // Knows nothing beyond samples.
  TargetFacts() = default;
  explicit TargetFacts(proc::Directory proc) : proc_(std::move(proc)) {}
  // Whether the match means this process, now.
  bool matches(const TargetMatch& match, const ProcessKey& key, std::string_view comm);
  // Only of one that asks /proc.
  [[nodiscard]] proc::Directory& directory() { return *proc_; }

 private:
  std::optional<proc::Directory> proc_;
  std::string exe_;
};

}  // namespace pmon::monitor
