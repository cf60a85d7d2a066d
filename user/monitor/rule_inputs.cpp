// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_inputs.h"

namespace pmon::monitor {

namespace {

constexpr std::string_view kProcessPrefix = "pmon_process_";

}  // namespace

std::set<std::string> names_read_by(std::span<const rules::Group> groups) {
  std::set<std::string> names;
  for (const rules::Group& group : groups) {
    for (const rules::Rule& rule : group.rules) {
      for (std::string& name : rule.expr.metric_names()) names.insert(std::move(name));
    }
  }
  return names;
}

std::bitset<kMetricCount> metrics_read_by(std::span<const rules::Group> groups) {
  return process_metrics_among(names_read_by(groups));
}

std::bitset<kMetricCount> process_metrics_among(const std::set<std::string>& names) {
  std::bitset<kMetricCount> wanted;
  for (const MetricInfo& row : metric_table()) {
    const std::string name = std::string(kProcessPrefix) + std::string(row.name);
    if (names.contains(name)) wanted.set(static_cast<std::size_t>(row.metric));
  }
  return wanted;
}

bool rules_get(std::string_view name) {
  return name.starts_with(kProcessPrefix) || name.starts_with("pmon_group_") || name.starts_with("ALERTS") ||
         name == kEventsLost || name == kCollectErrors;
}

}  // namespace pmon::monitor
