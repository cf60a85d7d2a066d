// SPDX-License-Identifier: Apache-2.0
#include "export/host_metrics.h"

#include <cstring>

#include <fmt/format.h>

#include "export/utf8.h"

namespace pmon {

namespace {

using exposition::Family;

// One family per metric name, in the order of the table; rows of one name (by kind, by region) share it.
class MetricFamilies {
 public:
  explicit MetricFamilies(std::string_view prefix) {
    for (const MetricInfo& metric : metric_table()) {
      if (families_.empty() || families_.back().name != fmt::format("{}{}", prefix, metric.name)) {
        families_.push_back({fmt::format("{}{}", prefix, metric.name), std::string(metric.help), metric.kind, {}});
      }
      family_of_[static_cast<std::size_t>(metric.metric)] = families_.size() - 1;
    }
  }

  void add(const Labels& labels, const MetricValues& values, bool sums) {
    for (const MetricInfo& metric : metric_table()) {
      if (!values.has(metric.metric) || (sums && !is_summable(metric.metric))) continue;
      auto& samples = families_[family_of_[static_cast<std::size_t>(metric.metric)]].samples;
      samples.push_back({labels, values.at(metric.metric)});
      if (!metric.label_key.empty()) samples.back().labels.set(metric.label_key, metric.label_value);
    }
  }

  [[nodiscard]] std::vector<Family> take() && { return std::move(families_); }

 private:
  std::vector<Family> families_;
  std::array<std::size_t, kMetricCount> family_of_{};
};

Family gauge(std::string name, std::string help) { return {std::move(name), std::move(help), MetricKind::kGauge, {}}; }
Family counter(std::string name, std::string help) {
  return {std::move(name), std::move(help), MetricKind::kCounter, {}};
}

void add_if(Family& family, std::optional<double> value) {
  if (value) family.samples.push_back({{}, *value});
}

void merge(GroupRow& into, const GroupRow& from) {
  into.processes += from.processes;
  into.started += from.started;
  for (const auto& [how, count] : from.exited) into.exited[how] += count;
  for (const MetricInfo& metric : metric_table()) {
    if (const auto value = from.totals.get(metric.metric)) {
      into.totals.set(metric.metric, into.totals.get(metric.metric).value_or(0) + *value);
    }
  }
}

// Rules of one group may have one name, for different severities: their times add up.
Family rule_evaluation(const std::vector<SelfMetrics::RuleTime>& times) {
  std::map<std::pair<std::string, std::string>, double> by_name;
  for (const SelfMetrics::RuleTime& time : times) {
    by_name[{valid_utf8(time.group), valid_utf8(time.rule)}] += time.seconds;
  }
  Family family = gauge("pmon_rule_evaluation_seconds", "Time that a rule's last evaluation took");
  for (const auto& [name, seconds] : by_name) {
    family.samples.push_back({{{"rule_group", name.first}, {"rule", name.second}}, seconds});
  }
  return family;
}

}  // namespace

bool is_summable(Metric metric) { return metric != Metric::kSTART_TIME && metric != Metric::kMEMORY_LIMIT; }

std::vector<Family> process_families(const SelectedProcesses& selected, const std::vector<TargetUp>& targets) {
  MetricFamilies families("pmon_process_");
  for (const ProcessSample* process : selected.own) {
    families.add({{"pid", std::to_string(process->key.pid)}, {"comm", process->comm}}, process->metrics, false);
  }
  if (selected.other) families.add({{"comm", "other"}}, *selected.other, true);
  std::vector<Family> out = std::move(families).take();
  Family up = gauge("pmon_process_up", "1 while a declared target lives, 0 while it does not");
  for (const TargetUp& target : targets) up.samples.push_back({target.labels, target.up ? 1.0 : 0.0});
  out.push_back(std::move(up));
  return out;
}

Labels exited_labels(const std::string& group, int code, int signal) {
  Labels labels{{"group", group}, {"code", std::to_string(code)}};
  if (signal == 0) return labels;
  const char* name = sigabbrev_np(signal);  // nullptr for real-time signals
  labels.set("signal", "SIG" + (name != nullptr ? std::string(name) : std::to_string(signal)));
  return labels;
}

std::vector<Family> group_families(const std::vector<GroupRow>& groups) {
  std::map<std::string, GroupRow> by_name;
  for (const GroupRow& row : groups) merge(by_name[valid_utf8(row.group)], row);

  MetricFamilies families("pmon_group_");
  Family processes = gauge("pmon_group_processes", "Processes alive");
  Family started = counter("pmon_group_processes_started_total", "Processes started");
  Family exited = counter("pmon_group_processes_exited_total", "Processes ended, by exit code and signal");
  for (const auto& [name, row] : by_name) {
    const Labels labels{{"group", name}};
    families.add(labels, row.totals, true);
    processes.samples.push_back({labels, static_cast<double>(row.processes)});
    started.samples.push_back({labels, static_cast<double>(row.started)});
    for (const auto& [how, count] : row.exited) {
      exited.samples.push_back({exited_labels(name, how.first, how.second), static_cast<double>(count)});
    }
  }
  std::vector<Family> out = std::move(families).take();
  out.push_back(std::move(processes));
  out.push_back(std::move(started));
  out.push_back(std::move(exited));
  return out;
}

std::vector<Family> self_families(const SelfMetrics& self) {
  Family build = gauge("pmon_build_info", "Always 1; the version that runs");
  build.samples.push_back({{{"version", self.version}}, 1});
  Family cpu = counter("pmon_self_cpu_seconds_total", "CPU time that pmon itself has used");
  add_if(cpu, self.cpu_seconds);
  Family resident = gauge("pmon_self_resident_bytes", "Resident memory of pmon itself");
  add_if(resident, self.resident_bytes);
  Family slots = gauge("pmon_ledger_slots", "Slots of the kernel's process ledger by state");
  for (const auto& [state, count] : self.ledger_slots) {
    slots.samples.push_back({{{"state", state}}, static_cast<double>(count)});
  }
  Family lost = counter("pmon_events_lost_total", "What the collector could not measure or lost, by cause");
  for (const Loss& loss : self.losses) {
    lost.samples.push_back({{{"cause", loss.cause}}, static_cast<double>(loss.total)});
  }
  Family collect = gauge("pmon_collect_duration_seconds", "Time that the last collection took");
  add_if(collect, self.collect_seconds);
  Family errors = counter("pmon_collect_errors_total", "Ticks at which nothing could be read");
  errors.samples.push_back({{}, static_cast<double>(self.collect_errors)});
  Family evaluation = rule_evaluation(self.rule_times);
  Family features = gauge("pmon_feature", "What the collector can do here: 1 full, 0.5 degraded, 0 missing");
  for (const SelfMetrics::Feature& feature : self.features) {
    const double value = feature.mode == "full" ? 1 : feature.mode == "degraded" ? 0.5 : 0;
    features.samples.push_back({{{"name", feature.name}, {"mode", feature.mode}, {"reason", feature.reason}}, value});
  }
  std::vector<Family> out;
  for (Family* family : {&build, &cpu, &resident, &slots, &lost, &collect, &errors, &evaluation, &features}) {
    out.push_back(std::move(*family));
  }
  return out;
}

}  // namespace pmon
