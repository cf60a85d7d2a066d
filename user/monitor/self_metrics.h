// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collect/collector.h"
#include "export/host_metrics.h"
#include "monitor/self_usage.h"

namespace pmon::monitor {

// What the monitor costs and what its collector can do; durations and losses are the caller's to add.
[[nodiscard]] SelfMetrics self_metrics(const Collector& collector, const SelfUsage& usage);

}  // namespace pmon::monitor
