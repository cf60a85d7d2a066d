// SPDX-License-Identifier: Apache-2.0
#include "monitor/targets.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pmon::monitor {

namespace {

// How long a process that a snapshot left out is remembered: a collector may fail to read one for a
// tick, and a child may be reported a tick after its parent ended.
constexpr std::uint32_t kRememberedTicks = 3;

}  // namespace

Targets::Targets(TargetSpec spec, std::vector<TargetMatch> matches, TargetFacts facts)
    : spec_(std::move(spec)), matches_(std::move(matches)), facts_(std::move(facts)) {
  for (const TargetMatch& match : matches_) declared_.push_back({match.label()});
  meant_living_.resize(declared_.size());
}

Result<Targets> Targets::make(TargetSpec spec, const proc::HostPaths& paths) {
  auto matches = TargetMatch::make(spec, paths);
  if (!matches) return std::unexpected(matches.error());
  if (spec.recorded) return Targets(std::move(spec), std::move(*matches), TargetFacts());
  auto proc = proc::Directory::open(paths.proc);
  if (!proc) return std::unexpected(proc.error());
  return Targets(std::move(spec), std::move(*matches), TargetFacts(std::move(*proc)));
}

const std::vector<TargetNumber>& Targets::update(const Snapshot& snapshot) {
  targets_.assign(snapshot.processes.size(), 0);
  changed_ = false;
  if (!matches_.empty()) update_declared(snapshot);
  updated_ = true;
  if (!spec_.everything) return targets_;
  std::ranges::replace(targets_, TargetNumber{0}, static_cast<TargetNumber>(declared_.size() + 1));
  living_everything_ = std::ranges::count_if(snapshot.processes, [](const ProcessSample& p) { return !p.exit; });
  return targets_;
}

void Targets::update_declared(const Snapshot& snapshot) {
  const auto& processes = snapshot.processes;
  candidates_.clear();
  exited_.clear();
  bool late = false;  // a process that was there before became a target: it may have children
  table_.begin_tick();
  for (std::uint32_t i = 0; i < processes.size(); ++i) {
    const ProcessSample& process = processes[i];
    const auto [state, is_new] = table_.touch(process.key);
    if (is_new || state.exec_count != process.exec_count || state.comm != process.comm) {
      const bool was_target = state.target() != 0;
      classify(process, state);
      late = late || (!is_new && !was_target && state.target() != 0);
      if (is_new) candidates_.push_back(i);
    }
    targets_[i] = state.target();
    if (process.exit) exited_.push_back(i);
  }
  if (late) {
    candidates_.resize(processes.size());
    std::iota(candidates_.begin(), candidates_.end(), 0U);
  }
  if (spec_.children && !target_pids_.empty()) adopt_descendants(snapshot);
  end_exited(snapshot);
  forget();
  declare();
}

void Targets::declare() {
  for (std::size_t i = 0; i < declared_.size(); ++i) {
    DeclaredTarget& target = declared_[i];
    const bool is_command = spec_.command_pid != 0 && i + 1 == declared_.size();
    target.up = meant_living_[i] > 0;
    target.seen = target.seen || target.up;
    target.expected = target.up || (target.seen ? !is_command : !matches_[i].lives());
  }
}

// At first sight and after each exec.
void Targets::classify(const ProcessSample& process, State& state) {
  state.comm = process.comm;
  state.exec_count = process.exec_count;
  assign(process.key, state, meant_by(process), state.descended);
  const auto older = target_pids_.find(process.key.pid);
  if (older != target_pids_.end() && older->second.start_ticks < process.key.start_ticks) {
    older->second.reused_at = process.key.start_ticks;
  }
}

void Targets::assign(const ProcessKey& key, State& state, TargetNumber meant, TargetNumber descended) {
  const TargetNumber before = state.target();
  count(state, -1);
  state.meant = meant;
  state.descended = descended;
  count(state, 1);
  const TargetNumber target = state.target();
  if (target == before) return;
  changed_ = true;
  if (target != 0) {
    target_pids_[key.pid] = {key.start_ticks, UINT64_MAX, target};
  } else {
    forget_pid(key);
  }
}

void Targets::count(const State& state, int change) {
  if (state.target() == 0 || state.ended) return;
  living_ += change;
  if (state.meant != 0) meant_living_[state.meant - 1] += change;
}

// In the order of birth, so that one pass settles most generations; several births may share a clock
// tick, so until a pass finds nothing.
void Targets::adopt_descendants(const Snapshot& snapshot) {
  const auto& processes = snapshot.processes;
  std::ranges::sort(candidates_, {}, [&processes](std::uint32_t i) { return processes[i].key.start_ticks; });
  bool found = true;
  while (found) {
    found = false;
    std::erase_if(candidates_, [&](std::uint32_t i) {
      const TargetNumber target = target_of_parent(processes[i]);
      if (target == 0) return false;
      State& state = *table_.find(processes[i].key);
      if (state.descended == 0) assign(processes[i].key, state, state.meant, target);
      targets_[i] = state.target();
      found = true;
      return true;
    });
  }
}

void Targets::end_exited(const Snapshot& snapshot) {
  for (const std::uint32_t i : exited_) {
    State& state = *table_.find(snapshot.processes[i].key);
    changed_ = changed_ || state.target() != 0;
    count(state, -1);
    state.ended = true;
  }
}

void Targets::forget() {
  table_.forget_older_than(kRememberedTicks, [this](const ProcessKey& key, const State& state) {
    count(state, -1);
    forget_pid(key);
  });
}

// Unless another target took the pid over.
void Targets::forget_pid(const ProcessKey& key) {
  const auto found = target_pids_.find(key.pid);
  if (found != target_pids_.end() && found->second.start_ticks == key.start_ticks) target_pids_.erase(found);
}

TargetNumber Targets::meant_by(const ProcessSample& process) {
  for (std::size_t i = 0; i < matches_.size(); ++i) {
    if (matches_[i].lasting() && process.key.pid == spec_.self_pid) continue;
    if (facts_.matches(matches_[i], process.key, process.comm)) return static_cast<TargetNumber>(i + 1);
  }
  return 0;
}

// By the parent's pid at the birth, and its time: pids are used again.
TargetNumber Targets::target_of_parent(const ProcessSample& process) const {
  const auto parent = target_pids_.find(process.parent_pid);
  if (parent == target_pids_.end() || process.key.pid == spec_.self_pid) return 0;
  const bool born_in_its_time =
      parent->second.start_ticks <= process.key.start_ticks && process.key.start_ticks < parent->second.reused_at;
  return born_in_its_time ? parent->second.target : 0;
}

std::vector<WatchedProcess> Targets::to_watch(const Snapshot& snapshot) const {
  std::vector<WatchedProcess> watched;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const ProcessSample& process = snapshot.processes[i];
    if (is_declared(targets_[i]) && !process.exit) watched.push_back({process.key, process.slot});
  }
  return watched;
}

std::vector<std::string> Targets::down_targets() const {
  std::vector<std::string> labels;
  for (const DeclaredTarget& target : declared_) {
    if (!target.up && target.expected) labels.push_back(target.label);
  }
  return labels;
}

bool Targets::all_ended() const {
  if (!updated_ || spec_.everything || living_ != 0) return false;
  // One that lives and was not seen may have found no room in the ledger: it may yet be seen.
  if (std::ranges::any_of(declared_, [](const DeclaredTarget& target) { return !target.seen && !target.expected; })) {
    return false;
  }
  return !spec_.wait || std::ranges::none_of(matches_, &TargetMatch::lasting);
}

}  // namespace pmon::monitor
