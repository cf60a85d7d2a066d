// SPDX-License-Identifier: Apache-2.0
#include "monitor/watch_state.h"

#include <optional>
#include <utility>

namespace pmon::monitor {

Result<WatchState> WatchState::open(const std::string& folder) {
  Result<AlertMemory> memory = AlertMemory::open(folder);
  if (!memory) return std::unexpected(memory.error());
  return WatchState(std::move(*memory), SilenceFollower(folder));
}

std::vector<Notice> WatchState::begin(const Tick& now, RuleRunner& rules) {
  std::vector<Notice> notices;
  if (const std::optional<SavedAlerts> saved = memory_.load(now, notices)) rules.restore(*saved, now.now);
  return notices;
}

routing::Silenced WatchState::silenced(const Tick& now) const {
  if (silences_.silences().all().empty()) return {};
  return [this, wall = now.wall](const Labels& labels) { return silences_.silences().silenced(labels, wall); };
}

std::vector<Notice> WatchState::after_tick(const Tick& now, const RuleRunner& rules, bool told) {
  const AlertMemory::Progress progress{told, rules.alert_changes(), rules.counting()};
  return memory_.after_tick(now, progress, [&rules] { return rules.save(); });
}

std::vector<Notice> WatchState::finish(const Tick& now, const RuleRunner& rules) {
  return memory_.finish(now, [&rules] { return rules.save(); });
}

}  // namespace pmon::monitor
