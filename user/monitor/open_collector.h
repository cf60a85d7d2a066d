// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "collect/collector.h"
#include "monitor/watch_options.h"
#include "pmon/result.h"

namespace pmon::monitor {

// Pids were asked for and nothing else: nobody looks at any other process, and the /proc collector reads no other.
[[nodiscard]] bool names_pids_alone(const WatchOptions& options);

// The collector that was asked for. With kAuto, the kernel's where it is allowed, else /proc's with a
// notice that says why and what is lost. `notices` also gets a line per missing feature.
[[nodiscard]] Result<std::unique_ptr<Collector>> open_collector(const WatchOptions& options,
                                                                std::vector<Notice>& notices);

// A line per feature that is not there in full: warnings of code "feature_degraded" and "feature_missing".
[[nodiscard]] std::vector<Notice> feature_notices(const Capabilities& capabilities);

}  // namespace pmon::monitor
