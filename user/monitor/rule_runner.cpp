// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_runner.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "monitor/retention.h"
#include "monitor/rule_files.h"
#include "monitor/rule_inputs.h"
#include "monitor/rule_limits.h"

namespace pmon::monitor {

namespace {

// A rule that takes longer delays the tick.
Timestamp budget_ms(Timestamp interval_ms) { return std::max<Timestamp>(50, interval_ms / 10); }

// Whether a metric of this name can have samples.
bool is_there(const std::string& metric, const std::vector<rules::Group>& groups) {
  static const std::vector<std::string> known = known_metrics();
  const auto records = [&metric](const rules::Group& group) {
    return std::ranges::find(group.rules, metric, &rules::Rule::record) != group.rules.end();
  };
  return std::ranges::find(known, metric) != known.end() || std::ranges::any_of(groups, records);
}

alerts::EngineOptions engine_options(const SeriesFeed& feed, Timestamp interval_ms, NowNs now_ns) {
  alerts::EngineOptions options;
  options.write_alert_series = true;
  options.subquery_step_ms = interval_ms;  // as Prometheus takes its evaluation interval
  options.tick_ms = interval_ms;
  options.process_of = [&feed](const Labels& labels) { return feed.process_of(labels); };
  options.now_ns = std::move(now_ns);
  return options;
}

}  // namespace

RuleRunner::RuleRunner(const std::vector<rules::Group>& groups, Timestamp interval_ms, NowNs now_ns)
    : interval_ms_(interval_ms),
      timed_(now_ns != nullptr),
      groups_(groups),
      feed_({}),
      engine_(groups, engine_options(feed_, interval_ms, std::move(now_ns))),
      group_series_({}) {
  store_names();
}

void RuleRunner::store_names() {
  std::set<std::string> names = names_read_by(groups_);
  names.insert(kept_.begin(), kept_.end());
  feed_.want(process_metrics_among(names));
  group_series_ = GroupSeries(names);
  store_.retain(retention_for(groups_, kept_, interval_ms_));
}

void RuleRunner::keep(const std::vector<std::string>& metrics) {
  const std::size_t before = kept_.size();
  for (const std::string& metric : metrics) {
    if (!kept_.contains(metric) && is_there(metric, groups_)) kept_.insert(metric);
  }
  if (kept_.size() != before) store_names();
}

void RuleRunner::replace_rules(std::vector<rules::Group> groups) {
  groups_ = groups;
  std::erase_if(kept_, [this](const std::string& metric) { return !is_there(metric, groups_); });
  store_names();
  slow_.clear();
  engine_.replace_rules(std::move(groups));
}

SavedAlerts RuleRunner::save() const { return {{}, {}, engine_.memory(), router_.save()}; }

void RuleRunner::restore(const SavedAlerts& saved, Timestamp now) {
  engine_.restore(saved.engine, now);
  router_.restore(saved.router);
  find_alerting();
}

std::vector<Notice> RuleRunner::limitations(const Capabilities& capabilities) const {
  return rule_limits(groups_, capabilities, interval_ms_);
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
    if (const auto pid = pid_of(alert->labels)) alerting_pids_.push_back(*pid);
  }
  std::ranges::sort(alerting_pids_);
}

bool RuleRunner::alerting(const ProcessSample& process) const {
  return std::ranges::binary_search(alerting_pids_, process.key.pid);
}

void RuleRunner::feed_pmon(const RuleInput& input) {
  for (const TargetUp& target : input.targets) {
    feed_.put(store_, kProcessUp, target.labels, target.up ? 1 : 0, MetricKind::kGauge);
  }
  for (const Loss& loss : input.losses) {
    feed_.put(store_, kEventsLost, {{"cause", loss.cause}}, static_cast<double>(loss.total), MetricKind::kCounter);
  }
  feed_.put(store_, kCollectErrors, {}, static_cast<double>(input.collect_errors), MetricKind::kCounter);
}

void RuleRunner::tell_slow(std::vector<Notice>& notices) {
  if (!timed_) return;
  const Timestamp budget = budget_ms(interval_ms_);
  std::string newly;
  for (const alerts::RuleCost& cost : engine_.costs()) {
    const std::uint64_t taken_ms = cost.last_ns / 1'000'000;
    if (taken_ms <= static_cast<std::uint64_t>(budget) || !slow_.emplace(cost.group, cost.rule).second) continue;
    newly += fmt::format("{}{} of group {} ({} ms)", newly.empty() ? "" : ", ", cost.rule, cost.group, taken_ms);
  }
  if (newly.empty()) return;
  notices.push_back({Notice::Level::kWarning, "rule_slow",
                     fmt::format("evaluating took longer than {} ms, which delays the tick: {}; select less, give the "
                                 "group a longer interval or pmon a longer --interval",
                                 budget, newly)});
}

// The levels of a process end with it, at its last sample already: its conditions end because it does.
void RuleRunner::name_exits(std::span<const ProcessSample* const> processes,
                            std::vector<alerts::ResolvedAlert>& resolved) {
  if (resolved.empty()) return;
  std::set<std::int32_t> ended;
  for (const ProcessSample* process : processes) {
    if (process->exit) ended.insert(process->key.pid);
  }
  for (alerts::ResolvedAlert& alert : resolved) {
    const std::optional<std::int32_t> pid = pid_of(alert.alert.labels);
    if (alert.reason == alerts::kConditionEnded && pid && ended.contains(*pid)) alert.reason = alerts::kExited;
  }
}

RuleOutput RuleRunner::run(const RuleInput& input) {
  store_.begin_tick(input.time);
  if (!input.blind) feed_.feed(store_, input.processes);
  feed_groups(input.groups);
  feed_pmon(input);

  alerts::Evaluation evaluation = engine_.evaluate(store_, input.time, input.blind);
  name_exits(input.processes, evaluation.resolved);
  RuleOutput output;
  output.notifications =
      router_.update(engine_.firing(), evaluation.resolved, {input.time, input.wall}, input.silenced);
  for (const alerts::RuleTrouble& trouble : evaluation.troubles) {
    const bool works = trouble.message.empty();
    output.notices.push_back(
        {works ? Notice::Level::kInfo : Notice::Level::kError, works ? "rule_works" : "rule_failed",
         works ? fmt::format("rule {} works again", trouble.rule)
               : fmt::format("rule {} of group {}: {}", trouble.rule, trouble.group, trouble.message)});
  }
  tell_slow(output.notices);
  find_alerting();
  store_.forget_before(input.time - std::max(engine_.reach(), kEvidenceMs) - 2 * interval_ms_);
  return output;
}

}  // namespace pmon::monitor
