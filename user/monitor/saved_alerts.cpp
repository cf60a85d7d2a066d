// SPDX-License-Identifier: Apache-2.0
#include "monitor/saved_alerts.h"

#include <algorithm>
#include <optional>

namespace pmon::monitor {

namespace {

Timestamp elapsed_ms(const SavedAlerts& saved, const Tick& now, bool same_boot) {
  if (same_boot && now.boottime_ns >= saved.saved_at.boottime_ns) {
    return static_cast<Timestamp>((now.boottime_ns - saved.saved_at.boottime_ns) / 1'000'000);
  }
  return std::max<Timestamp>(0, now.wall - saved.saved_at.wall);
}

}  // namespace

void carry_over(SavedAlerts& saved, const Tick& now, std::string_view boot_id) {
  const bool same_boot = saved.boot_id == boot_id;
  const Timestamp shift = now.now - elapsed_ms(saved, now, same_boot) - saved.saved_at.now;
  saved.engine.time += shift;
  for (alerts::RuleMemory& rule : saved.engine.rules) {
    for (alerts::AlertMemory& alert : rule.alerts) {
      alert.active_since += shift;
      if (alert.keep_firing_since) *alert.keep_firing_since += shift;
      if (alert.process != 0 && !same_boot) alert.process = alerts::kEndedProcess;
    }
  }
  for (routing::RouterMemory::Group& group : saved.router.groups) group.due += shift;
  for (routing::RouterMemory::Told& told : saved.router.told) {
    told.at += shift;
    if (told.ended) told.ended->active_since += shift;
  }
  saved.saved_at = now;
  saved.boot_id = boot_id;
}

}  // namespace pmon::monitor
