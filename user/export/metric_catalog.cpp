// SPDX-License-Identifier: Apache-2.0
#include "export/metric_catalog.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/host_metrics.h"
#include "export/sink_metrics.h"

namespace pmon {

namespace {

using exposition::Family;

// One of everything, so that every family has a sample with all of its labels.
ProcessSample full_process() {
  ProcessSample process;
  process.comm = "comm";
  for (const MetricInfo& metric : metric_table()) process.metrics.set(metric.metric, 1);
  return process;
}

std::vector<Family> all_families() {
  const ProcessSample process = full_process();
  SelectedProcesses selected;
  selected.own.push_back(&process);
  std::vector<Family> families = process_families(selected, {{{{"target", "x"}}, true}});
  const auto append = [&families](std::vector<Family> more) {
    for (Family& family : more) families.push_back(std::move(family));
  };
  append(group_families({{"x", 1, 1, {{{1, 9}, 1}}, process.metrics}}));
  append(self_families({"x", 1, 1, 1, {{"x", "x", 1}}, 0, {{"free", 1}}, {{"x", 1, false}}, {{"x", "full", "x"}}}));
  const delivery::QueueStatus sink{.name = "x", .dropped = {{"x", 1}}, .last_success = 1};
  append(sink_families(std::span(&sink, 1)));
  return families;
}

std::string_view unit_of(std::string_view name) {
  if (name.ends_with("_total")) name.remove_suffix(6);
  if (name.ends_with("_seconds")) return "seconds";
  return name.ends_with("_bytes") ? "bytes" : "";
}

// The fixed values of a label of metrics.def: "voluntary|involuntary".
std::string fixed_values(std::string_view family, std::string_view label) {
  std::string values;
  for (const MetricInfo& metric : metric_table()) {
    if (metric.label_key != label || !family.ends_with(metric.name)) continue;
    values += fmt::format("{}{}", values.empty() ? "" : "|", metric.label_value);
  }
  return values;
}

std::vector<std::string> labels_of(const Family& family) {
  std::vector<std::string> labels;
  for (const auto& [label, value] : family.samples.front().labels) {
    const std::string values = fixed_values(family.name, label);
    labels.push_back(values.empty() ? label : fmt::format("{}={}", label, values));
  }
  std::stable_sort(labels.begin(), labels.end(), [](const std::string& a, const std::string& b) {
    return (a == "pid") > (b == "pid");  // the process first
  });
  return labels;
}

std::string_view kind_name(MetricKind kind) { return kind == MetricKind::kCounter ? "counter" : "gauge"; }

// A bar would end the table's cell.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

}  // namespace

std::vector<CatalogEntry> metric_catalog() {
  std::vector<CatalogEntry> catalog;
  for (const Family& family : all_families()) {
    if (family.samples.empty()) continue;  // not exported: start times of a group
    catalog.push_back({family.name, family.kind, unit_of(family.name), labels_of(family), family.help});
  }
  return catalog;
}

std::string catalog_markdown() {
  std::string out =
      "# Metrics\n\n"
      "Made by `pmon metrics --markdown`; a test compares this page with it. Counters begin with the\n"
      "process, gauges are of the present. A value that is not known is absent, never 0.\n\n"
      "| name | kind | unit | labels | meaning |\n|---|---|---|---|---|\n";
  for (const CatalogEntry& entry : metric_catalog()) {
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", entry.name, kind_name(entry.kind), entry.unit,
                       cell(fmt::format("{}", fmt::join(entry.labels, ", "))), cell(entry.help));
  }
  return out;
}

}  // namespace pmon
