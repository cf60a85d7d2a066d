// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "export/output.h"
#include "pmon/result.h"
#include "recording/replay_collector.h"
#include "rules/rules.h"

namespace pmon::monitor {

// What `pmon replay` was asked for.
struct ReplayOptions {
  std::vector<std::string> names;  // RE2, as WatchOptions::names; none: every process that was recorded
  bool samples = false;            // a sample line per process and tick, and lines for execs and exits
};

// Runs the rules over a recording as `watch` would have over the host, as fast as it can be read, with the times of
// then: what goes to `output` follows from the recording, the rules and the options alone, to the byte.
// Errors: kUsage for a regular expression that does not compile; kFailed for damage, when all before it was shown.
[[nodiscard]] Result<WatchSummary> replay(const ReplayOptions& options, std::vector<rules::Group> rules,
                                          std::unique_ptr<recording::ReplayCollector> recorded, Output& output);

}  // namespace pmon::monitor
