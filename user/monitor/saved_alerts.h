// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "alerts/engine_memory.h"
#include "collect/collector.h"
#include "pmon/result.h"
#include "routing/router_memory.h"

namespace pmon::monitor {

// What a monitor must know of its alerts to go on where another one stopped, and when that was.
struct SavedAlerts {
  Tick saved_at;
  std::string boot_id;  // of the kernel; "" where it is not known
  alerts::EngineMemory engine;
  routing::RouterMemory router;
};

// The text of an alert memory file: one JSON object with its version, the CRC-32 of its payload as it stands
// there, and the payload.
[[nodiscard]] std::string saved_alerts_text(const SavedAlerts& saved);
// Errors (kFailed): another version, a payload that is not the one that was written, text behind the end.
[[nodiscard]] Result<SavedAlerts> parse_saved_alerts(std::string_view text);

// Tells the times on the axis that `now` is on. How long it has been is told by the time since boot, which nobody
// sets, within one boot; across boots by the clock on the wall, where one that went back counts as no time.
// Processes of an earlier boot have ended.
void carry_over(SavedAlerts& saved, const Tick& now, std::string_view boot_id);

}  // namespace pmon::monitor
