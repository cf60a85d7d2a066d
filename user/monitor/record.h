// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "monitor/watch_options.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"
#include "recording/recording_writer.h"

namespace pmon::monitor {

struct RecordOptions {
  WatchOptions watch;  // targets, interval, duration, collector; no target: every process
  recording::WriterOptions file;
};

struct RecordSummary {
  std::uint64_t ticks = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  // of all files, those that made way for newer ones included
};

// Writes what the collector sees into a recording, until the targets have ended, the duration is over, or SIGINT or
// SIGTERM comes; what the user should know meanwhile goes to `tell`, too.
// Errors before the first tick: kUsage (no such target, a file that is in the way), kUnsupported (collector); then
// kFailed (a full disk); what was recorded until then is whole.
[[nodiscard]] Result<RecordSummary> record(const RecordOptions& options,
                                           const std::function<void(const Notice&)>& tell);

}  // namespace pmon::monitor
