// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "pmon/metrics.h"
#include "rules/rules.h"

namespace pmon::monitor {

// What rules read and what they are given.

// Every metric that the rules select by name.
[[nodiscard]] std::set<std::string> names_read_by(std::span<const rules::Group> groups);
// Those of them that are of processes.
[[nodiscard]] std::bitset<kMetricCount> metrics_read_by(std::span<const rules::Group> groups);

// Those of the names that are of processes.
[[nodiscard]] std::bitset<kMetricCount> process_metrics_among(const std::set<std::string>& names);

// Whether a metric of the catalogue is among the samples that rules see: pmon exports more than that.
[[nodiscard]] bool rules_get(std::string_view name);

inline constexpr const char* kProcessUp = "pmon_process_up";
inline constexpr const char* kEventsLost = "pmon_events_lost_total";
inline constexpr const char* kCollectErrors = "pmon_collect_errors_total";

}  // namespace pmon::monitor
