// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "collect/collector.h"
#include "collect/proc_file.h"
#include "monitor/process_table.h"
#include "monitor/targets_match.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::monitor {

// Number of a declared target from 1 on; 0 is a process that is no target. With TargetSpec::everything, those that no
// declaration means have one number more than there are declarations.
using TargetNumber = std::uint32_t;

struct DeclaredTarget {
  std::string label;  // value of the label `target` of pmon_process_up
  bool up = false;    // a process that it means lives; descendants do not count
  bool seen = false;  // it was up once
  // False: that it is not up is no news. It lives and the collector has not seen it; or it is the command that was
  // started, and has ended.
  bool expected = true;
};

// Follows from snapshot to snapshot which processes are targets: those that a declaration means, and
// their descendants. Whether a declaration means a process is looked at when the process is first seen
// and after an exec. One thread at a time.
class Targets {
 public:
  // Errors are kUsage: see TargetMatch::make().
  [[nodiscard]] static Result<Targets> make(TargetSpec spec, const proc::HostPaths& paths = {});

  // The target of each process of the snapshot, by its index there. Valid until the next update. One
  // that is both meant by a declaration and a descendant belongs to the former; the first wins.
  const std::vector<TargetNumber>& update(const Snapshot& snapshot);

  // As of the last update. In the order of the specification: pids, names, units, cgroups, command.
  [[nodiscard]] const std::vector<DeclaredTarget>& declared() const { return declared_; }
  [[nodiscard]] std::vector<std::string> down_targets() const;
  [[nodiscard]] std::size_t living() const {
    return static_cast<std::size_t>(spec_.everything ? living_everything_ : living_);
  }
  // Whether a number is that of a declaration: such targets are to be watched more closely.
  // What Collector::watch() is to be told: the living targets of the last update, which was of this snapshot.
  [[nodiscard]] std::vector<WatchedProcess> to_watch(const Snapshot& snapshot) const;
  [[nodiscard]] bool is_declared(TargetNumber number) const { return number != 0 && number <= declared_.size(); }
  // A process became a declared target or one ended: Collector::watch() must be told.
  [[nodiscard]] bool changed() const { return changed_; }
  // No target lives and none can come: always false while names, units or cgroups are waited for, and with everything.
  [[nodiscard]] bool all_ended() const;

 private:
  struct State {
    std::string comm;
    std::uint32_t exec_count = 0;
    TargetNumber meant = 0;      // by a declaration
    TargetNumber descended = 0;  // from a target; for life
    bool ended = false;
    [[nodiscard]] TargetNumber target() const { return meant != 0 ? meant : descended; }
  };
  struct TargetPid {
    std::uint64_t start_ticks = 0;
    std::uint64_t reused_at = UINT64_MAX;  // start of the next process with this pid
    TargetNumber target = 0;
  };

  Targets(TargetSpec spec, std::vector<TargetMatch> matches, TargetFacts facts);
  void update_declared(const Snapshot& snapshot);
  void classify(const ProcessSample& process, State& state);
  void assign(const ProcessKey& key, State& state, TargetNumber meant, TargetNumber descended);
  void count(const State& state, int change);
  void adopt_descendants(const Snapshot& snapshot);
  void end_exited(const Snapshot& snapshot);
  void declare();
  void forget();
  void forget_pid(const ProcessKey& key);
  [[nodiscard]] TargetNumber meant_by(const ProcessSample& process);
  [[nodiscard]] TargetNumber target_of_parent(const ProcessSample& process) const;

  TargetSpec spec_;
  std::vector<TargetMatch> matches_;
  TargetFacts facts_;
  std::vector<DeclaredTarget> declared_;
  ProcessTable<State> table_;
  std::unordered_map<std::int32_t, TargetPid> target_pids_;  // to find the children of targets
  std::vector<TargetNumber> targets_;                        // of the last snapshot
  std::vector<std::uint32_t> candidates_;                    // indexes into the snapshot: may be a target's child
  std::vector<std::uint32_t> exited_;                        // likewise
  std::vector<int> meant_living_;                            // by target, of those that it means itself
  int living_ = 0;                                           // of declared targets and their descendants
  std::ptrdiff_t living_everything_ = 0;
  bool updated_ = false;
  bool changed_ = false;
};

}  // namespace pmon::monitor
