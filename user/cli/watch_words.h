// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "monitor/watch_options.h"
#include "pmon/result.h"

namespace pmon::cli {

// What the words of `pmon watch` say: what the monitor is to do, and how the command shows it.
struct WatchWords {
  monitor::WatchOptions options;
  bool json = false;
  bool fail_on_alert = false;
  std::string log_level = "warn";
};

// Absent: help was asked for and shown. Everything is in range; what only the host can tell (whether a
// pid lives, a folder can be written) is not looked at.
[[nodiscard]] Result<std::optional<WatchWords>> parse_watch(const Words& words);

}  // namespace pmon::cli
