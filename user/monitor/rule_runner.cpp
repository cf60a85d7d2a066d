// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_runner.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace pmon::monitor {

namespace {

constexpr std::string_view kProcessPrefix = "pmon_process_";
// Evidence wants some past even where the rules need none.
constexpr Timestamp kLeastKept = 5 * 60 * 1000;

std::string name_of(const rules::Rule& rule) { return rule.alert.empty() ? rule.record : rule.alert; }

std::set<std::string> names_read_by(const std::vector<rules::Group>& groups) {
  std::set<std::string> names;
  for (const rules::Group& group : groups) {
    for (const rules::Rule& rule : group.rules) {
      for (std::string& name : rule.expr.metric_names()) names.insert(std::move(name));
    }
  }
  return names;
}

std::bitset<kMetricCount> metrics_read_by(const std::vector<rules::Group>& groups) {
  const std::set<std::string> names = names_read_by(groups);
  std::bitset<kMetricCount> wanted;
  for (const MetricInfo& row : metric_table()) {
    if (names.contains(std::string(kProcessPrefix) + std::string(row.name))) wanted.set(static_cast<std::size_t>(row.metric));
  }
  return wanted;
}

alerts::EngineOptions engine_options(const SeriesFeed& feed) {
  alerts::EngineOptions options;
  options.process_of = [&feed](const Labels& labels) { return feed.process_of(labels); };
  return options;
}

}  // namespace

RuleRunner::RuleRunner(std::vector<rules::Group> groups, Timestamp interval_ms)
    : interval_ms_(interval_ms),
      groups_(groups),
      feed_(metrics_read_by(groups)),
      engine_(groups, engine_options(feed_)),
      group_series_(names_read_by(groups)) {}

void RuleRunner::replace_rules(std::vector<rules::Group> groups) {
  feed_.want(metrics_read_by(groups));
  group_series_ = GroupSeries(names_read_by(groups));
  groups_ = groups;
  engine_.replace_rules(std::move(groups));
}

std::vector<Notice> RuleRunner::limitations(const Capabilities& capabilities) const {
  std::vector<Notice> notices;
  const auto add = [&](const rules::Rule& rule, const std::string& why) {
    notices.push_back({Notice::Level::kWarning, "rule_limited",
                       fmt::format("rule {} ({}:{}) cannot work as written: {}", name_of(rule), rule.position.file,
                                   rule.position.line, why)});
  };
  for (const rules::Group& group : groups_) {
    const Timestamp step = std::max(interval_ms_, group.interval_ms.value_or(0));
    for (const rules::Rule& rule : group.rules) {
      const Timestamp shortest = rule.expr.shortest_range();
      if (shortest != 0 && shortest < step) {
        add(rule, fmt::format("it looks {:g} s back, less than the interval of {:g} s; use a shorter --interval",
                              static_cast<double>(shortest) / 1000, static_cast<double>(step) / 1000));
      }
      for (const std::string& name : rule.expr.metric_names()) {
        for (const MetricInfo& row : metric_table()) {
          if (name != std::string(kProcessPrefix) + std::string(row.name) || capabilities.has(row.metric)) continue;
          add(rule, fmt::format("{} is not measured here: {}", name, capabilities.why_missing(row.metric)));
          break;
        }
      }
    }
  }
  return notices;
}

void RuleRunner::feed_groups(std::span<const GroupRow> groups) {
  if (!group_series_.wanted()) return;
  group_samples_.clear();
  for (const GroupRow& group : groups) group_series_.append(group, group_samples_);
  for (const GroupSample& sample : group_samples_) {
    feed_.put(store_, sample.name, sample.labels, sample.value, sample.kind);
  }
}

void RuleRunner::find_alerting() {
  alerting_pids_.clear();
  for (const alerts::ActiveAlert* alert : engine_.firing()) {
    if (alert->labels.has("pid")) alerting_pids_.emplace_back(alert->labels.get("pid"));
  }
  std::ranges::sort(alerting_pids_);
}

bool RuleRunner::alerting(const ProcessSample& process) const {
  return !alerting_pids_.empty() && std::ranges::binary_search(alerting_pids_, std::to_string(process.key.pid));
}

RuleOutput RuleRunner::run(const RuleInput& input) {
  store_.begin_tick(input.time);
  if (!input.blind) feed_.feed(store_, input.processes);
  for (const TargetUp& target : input.targets) {
    feed_.put(store_, "pmon_process_up", target.labels, target.up ? 1 : 0, MetricKind::kGauge);
  }
  feed_groups(input.groups);
  for (const Loss& loss : input.losses) {
    feed_.put(store_, "pmon_events_lost_total", {{"cause", loss.cause}}, static_cast<double>(loss.total),
              MetricKind::kCounter);
  }
  feed_.put(store_, "pmon_collect_errors_total", {}, static_cast<double>(input.collect_errors), MetricKind::kCounter);

  const alerts::Evaluation evaluation = engine_.evaluate(store_, input.time, input.blind);
  RuleOutput output;
  output.alerts = pipeline_.update(engine_.firing(), evaluation.resolved, input.time);
  for (const alerts::RuleTrouble& trouble : evaluation.troubles) {
    const bool works = trouble.message.empty();
    output.notices.push_back({works ? Notice::Level::kInfo : Notice::Level::kError, works ? "rule_works" : "rule_failed",
                              works ? fmt::format("rule {} works again", trouble.rule)
                                    : fmt::format("rule {} of group {}: {}", trouble.rule, trouble.group, trouble.message)});
  }
  find_alerting();
  store_.forget_before(input.time - std::max(engine_.reach(), kLeastKept) - 2 * interval_ms_);
  return output;
}

}  // namespace pmon::monitor
