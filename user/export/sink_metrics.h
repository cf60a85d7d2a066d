// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "delivery/queue.h"
#include "export/exposition.h"

namespace pmon {

// pmon_sink_queue_length{sink}, pmon_sink_sent_total{sink}, pmon_sink_dropped_total{sink,reason} and what else a queue
// knows of itself; in items.
[[nodiscard]] std::vector<exposition::Family> sink_families(std::span<const delivery::QueueStatus> sinks);

}  // namespace pmon
