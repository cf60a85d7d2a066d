// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "export/output.h"
#include "export/textfile.h"
#include "monitor/watch_options.h"
#include "monitor/watch_state.h"
#include "pmon/result.h"
#include "routing/config.h"
#include "rules/rules.h"

namespace pmon::monitor {

// What is checked and opened from the options before anything is attached to the kernel.
struct WatchParts {
  std::vector<rules::Group> rules;  // the default ones first, then those of rule_files in order
  std::optional<TextfileWriter> textfile;
  std::optional<routing::Config> alerting;  // absent: everything is told at once, to stdout
  std::optional<WatchState> state;          // absent: nothing is remembered, and no silences are heeded
};

// Follows the targets and tells `output` what happens, until all targets have ended, the duration is
// over, SIGINT or SIGTERM comes, or nobody reads the output any more; each of these is success. The
// last tick is finished, the output flushed and the last textfile written before it returns; the
// caller shows the summary.
// Errors before the first tick: kUsage (no such target, bad expression), kUnsupported (collector);
// afterwards kFailed. A textfile that cannot be written is a notice, not the end.
// SIGPIPE must be ignored by the caller; the command to start gets its default action back.
[[nodiscard]] Result<WatchSummary> watch(const WatchOptions& options, WatchParts parts, Output& output);

}  // namespace pmon::monitor
