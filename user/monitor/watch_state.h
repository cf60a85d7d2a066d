// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "monitor/alert_memory.h"
#include "monitor/rule_runner.h"
#include "monitor/silence_file.h"
#include "routing/router.h"

namespace pmon::monitor {

// What a monitor keeps in its state folder: the memory of its alerts, and the silences that it heeds. One thread.
class WatchState {
 public:
  // Errors as AlertMemory::open()'s.
  [[nodiscard]] static Result<WatchState> open(const std::string& folder);

  // Before the first tick: the rules go on with the alerts of an earlier run.
  [[nodiscard]] std::vector<Notice> begin(const Tick& now, RuleRunner& rules);
  // At each tick before the rules run: looks whether somebody changed the silences.
  [[nodiscard]] std::vector<Notice> refresh_silences() { return silences_.refresh(); }
  // For alerts at this tick; to be used before the next refresh_silences().
  [[nodiscard]] routing::Silenced silenced(const Tick& now) const;
  // At each tick after everybody was told what the rules found.
  [[nodiscard]] std::vector<Notice> after_tick(const Tick& now, const RuleRunner& rules, bool told);
  [[nodiscard]] std::vector<Notice> finish(const Tick& now, const RuleRunner& rules);

 private:
  WatchState(AlertMemory memory, SilenceFollower silences)
      : memory_(std::move(memory)), silences_(std::move(silences)) {}

  AlertMemory memory_;
  SilenceFollower silences_;
};

}  // namespace pmon::monitor
