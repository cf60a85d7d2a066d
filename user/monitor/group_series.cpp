// SPDX-License-Identifier: Apache-2.0
#include "monitor/group_series.h"

#include "export/utf8.h"

namespace pmon::monitor {

namespace {

constexpr const char* kProcesses = "pmon_group_processes";
constexpr const char* kStarted = "pmon_group_processes_started_total";
constexpr const char* kExited = "pmon_group_processes_exited_total";

std::string total_name(const MetricInfo& row) { return "pmon_group_" + std::string(row.name); }

}  // namespace

GroupSeries::GroupSeries(const std::set<std::string>& names)
    : processes_(names.contains(kProcesses)), started_(names.contains(kStarted)), exited_(names.contains(kExited)) {
  for (const MetricInfo& row : metric_table()) {
    if (names.contains(total_name(row))) totals_.set(static_cast<std::size_t>(row.metric));
  }
}

void GroupSeries::append(const GroupRow& group, std::vector<GroupSample>& out) const {
  const std::string name = valid_utf8(group.group);
  const Labels labels{{"group", name}};
  if (processes_) out.push_back({kProcesses, labels, static_cast<double>(group.processes), MetricKind::kGauge});
  if (started_) out.push_back({kStarted, labels, static_cast<double>(group.started), MetricKind::kCounter});
  if (exited_) {
    for (const auto& [how, count] : group.exited) {
      out.push_back(
          {kExited, exited_labels(name, how.first, how.second), static_cast<double>(count), MetricKind::kCounter});
    }
  }
  for (const MetricInfo& row : metric_table()) {
    if (!totals_.test(static_cast<std::size_t>(row.metric)) || !group.totals.has(row.metric)) continue;
    Labels with_kind = labels;
    if (!row.label_key.empty()) with_kind.set(row.label_key, row.label_value);
    out.push_back({total_name(row), std::move(with_kind), group.totals.at(row.metric), row.kind});
  }
}

}  // namespace pmon::monitor
