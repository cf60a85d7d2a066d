// SPDX-License-Identifier: Apache-2.0
#include "alerts/rule_engine.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "alerts/rule_state.h"

namespace pmon::alerts {
namespace {

constexpr Timestamp kNever = std::numeric_limits<Timestamp>::min();
constexpr Timestamp kLookBack = Timestamp{5} * 60 * 1000;  // of instant selectors

// Rules over nothing but what pmon says of itself stay meaningful while the monitor is blind.
bool is_about_pmon(const rules::Rule& rule) {
  const std::vector<std::string> names = rule.expr.metric_names();
  return !names.empty() && std::ranges::all_of(names, [](const std::string& name) {
    return name.starts_with("pmon_") && !name.starts_with("pmon_process_") && !name.starts_with("pmon_group_");
  });
}

bool same_rule(const rules::Rule& a, const rules::Rule& b) {
  return a.alert == b.alert && a.record == b.record && texts_of(a.labels) == texts_of(b.labels) &&
         a.expr.canonical() == b.expr.canonical();
}

Result<promql::Vector> as_vector(promql::Value value) {
  if (auto* vector = std::get_if<promql::Vector>(&value)) return std::move(*vector);
  if (const auto* scalar = std::get_if<promql::Scalar>(&value)) return promql::Vector{{Labels(), scalar->value}};
  return fail(ErrorKind::kFailed, "rule result is not a vector or scalar");
}

}  // namespace

RuleMemory::Texts texts_of(const std::vector<rules::TemplatedLabel>& templated) {
  RuleMemory::Texts texts;
  for (const rules::TemplatedLabel& label : templated) texts.emplace_back(label.name, label.text);
  std::ranges::sort(texts);
  return texts;
}

RuleEngine::RuleEngine(std::vector<rules::Group> groups, EngineOptions options)
    : options_(std::move(options)), last_tick_(kNever), last_look_(kNever) {
  replace_rules(std::move(groups));
}

RuleEngine::~RuleEngine() = default;
RuleEngine::RuleEngine(RuleEngine&&) noexcept = default;
RuleEngine& RuleEngine::operator=(RuleEngine&&) noexcept = default;

void RuleEngine::replace_rules(std::vector<rules::Group> groups) {
  ++changes_;
  std::vector<GroupState> old = std::exchange(groups_, {});
  const auto take_old = [&old](const rules::Rule& rule) -> std::optional<RuleState> {
    for (GroupState& group : old) {
      const auto at = std::ranges::find_if(group.rules, [&](const RuleState& s) { return same_rule(s.rule, rule); });
      if (at == group.rules.end()) continue;
      RuleState taken = std::move(*at);
      group.rules.erase(at);
      return taken;
    }
    return std::nullopt;
  };
  for (rules::Group& group : groups) {
    GroupState& state = groups_.emplace_back(group.name, group.interval_ms, group.limit);
    state.last = kNever;
    const auto same = std::ranges::find(old, group.name, &GroupState::name);
    if (same != old.end() && same->interval_ms == group.interval_ms) state.last = same->last;
    for (rules::Rule& rule : group.rules) {
      RuleState fresh{.about_pmon = is_about_pmon(rule),
                      .series = RecordedSeries(rule.alert.empty() ? rule.record : "ALERTS"),
                      .for_states = RecordedSeries("ALERTS_FOR_STATE"),
                      .cost = {group.name, rule.name()}};
      if (!rule.alert.empty()) fresh.alerting.emplace(rule, options_.external_labels, options_.external_url);
      if (std::optional<RuleState> before = take_old(rule)) {
        if (fresh.alerting) fresh.alerting->adopt(std::move(*before->alerting));
        fresh.series = std::move(before->series);
        fresh.for_states = std::move(before->for_states);
        fresh.error = std::move(before->error);
        fresh.cost = std::move(before->cost);
        fresh.cost.group = group.name;
      }
      fresh.rule = std::move(rule);
      state.rules.push_back(std::move(fresh));
    }
  }
  for (GroupState& group : old) {
    for (RuleState& gone : group.rules) {
      removed_series_.push_back(std::move(gone.series));
      removed_series_.push_back(std::move(gone.for_states));
      if (!gone.alerting) continue;
      for (const auto& [labels, alert] : gone.alerting->instances()) {
        if (alert.state == ActiveAlert::State::kFiring) removed_alerts_.push_back({alert, kRuleRemoved});
      }
    }
  }
}

// Ticks come late or early by some milliseconds: half a tick of tolerance keeps a group from missing its turn.
bool RuleEngine::is_due(const GroupState& group, Timestamp t) const {
  if (!group.interval_ms || group.last == kNever || last_tick_ == kNever) return true;
  return t - group.last + (t - last_tick_) / 2 >= *group.interval_ms;
}

Evaluation RuleEngine::evaluate(SeriesStore& store, Timestamp t, bool hold) {
  Evaluation out;
  if (last_tick_ != kNever && t <= last_tick_) return out;
  out.resolved = std::exchange(removed_alerts_, {});
  for (const RecordedSeries& series : std::exchange(removed_series_, {})) recorder_.drop(store, series);
  if (!hold) {
    resume_after_gap(t);
    last_look_ = t;
  }
  for (GroupState& group : groups_) {
    if (!is_due(group, t)) continue;
    bool whole = true;
    for (RuleState& state : group.rules) {
      if (!hold || state.about_pmon) {
        evaluate_rule(group, state, store, t, out);
      } else {
        whole = false;
      }
    }
    // A group of which a blind tick left out something still has its turn.
    if (whole) group.last = t;
  }
  last_tick_ = t;
  return out;
}

void RuleEngine::resume_after_gap(Timestamp t) {
  if (options_.tick_ms == 0 || last_look_ == kNever || t - last_look_ < kLongestGap * options_.tick_ms) return;
  for (GroupState& group : groups_) {
    for (RuleState& state : group.rules) {
      if (state.alerting && !state.about_pmon) state.alerting->resume(t, t - last_look_, warm_up(state.rule));
    }
  }
}

void RuleEngine::evaluate_rule(GroupState& group, RuleState& state, SeriesStore& store, Timestamp t, Evaluation& out) {
  const std::uint64_t start = options_.now_ns ? options_.now_ns() : 0;
  const Result<void> done = apply(group, state, store, t, out);
  std::string error = done ? "" : done.error().text();
  if (error != state.error) {
    out.troubles.push_back({group.name, state.rule.name(), error});
    state.error = std::move(error);
  }
  ++state.cost.evaluations;
  if (!options_.now_ns) return;
  state.cost.last_ns = options_.now_ns() - start;
  state.cost.total_ns += state.cost.last_ns;
}

Result<void> RuleEngine::apply(GroupState& group, RuleState& state, SeriesStore& store, Timestamp t, Evaluation& out) {
  Result<promql::Value> value =
      promql::evaluate(state.rule.expr, store, t, {.subquery_step = options_.subquery_step_ms});
  if (!value) return std::unexpected(value.error());
  Result<promql::Vector> results = as_vector(std::move(*value));
  if (!results) return std::unexpected(results.error());
  if (!state.alerting) return record(group, state, store, std::move(*results));
  const std::size_t limit = group.limit > 0 ? group.limit : kMostAlerts;
  const std::uint64_t changes_before = state.alerting->changes();
  const auto updated = state.alerting->update(*results, t, limit, options_.process_of, out.resolved);
  if (state.alerting->changes() != changes_before) ++changes_;
  if (updated && options_.write_alert_series) write_alerts(state, store);
  return updated;
}

Result<void> RuleEngine::record(GroupState& group, RuleState& state, SeriesStore& store, promql::Vector results) {
  const std::size_t limit = group.limit > 0 ? group.limit : kMostRecorded;
  if (results.size() > limit) {
    return fail(ErrorKind::kFailed, fmt::format("exceeded limit of {} with {} series", limit, results.size()));
  }
  for (promql::Sample& sample : results) {
    sample.labels.erase(kNameLabel);
    for (const rules::TemplatedLabel& label : state.rule.labels) sample.labels.set(label.name, label.text);
  }
  if (!recorder_.write(store, state.series, std::move(results))) {
    return fail(ErrorKind::kFailed, "vector contains metrics with the same labelset after applying rule labels");
  }
  return {};
}

void RuleEngine::write_alerts(RuleState& state, SeriesStore& store) {
  promql::Vector states;
  promql::Vector since;
  for (const auto& [labels, alert] : state.alerting->instances()) {
    states.push_back({labels, 1});
    states.back().labels.set("alertstate", alert.state == ActiveAlert::State::kFiring ? "firing" : "pending");
    const Timestamp seconds = alert.active_since / 1000;
    since.push_back({labels, static_cast<double>(seconds)});
  }
  // Label sets of one rule's alerts are distinct.
  (void)recorder_.write(store, state.series, std::move(states));
  (void)recorder_.write(store, state.for_states, std::move(since));
}

std::vector<const ActiveAlert*> RuleEngine::in_state(ActiveAlert::State wanted) const {
  std::vector<const ActiveAlert*> found;
  for (const GroupState& group : groups_) {
    for (const RuleState& state : group.rules) {
      if (!state.alerting) continue;
      for (const auto& [labels, alert] : state.alerting->instances()) {
        if (alert.state == wanted) found.push_back(&alert);
      }
    }
  }
  return found;
}

std::vector<const ActiveAlert*> RuleEngine::firing() const { return in_state(ActiveAlert::State::kFiring); }
std::vector<const ActiveAlert*> RuleEngine::pending() const { return in_state(ActiveAlert::State::kPending); }

Timestamp RuleEngine::reach() const {
  Timestamp longest = 0;
  for (const GroupState& group : groups_) {
    for (const RuleState& state : group.rules) longest = std::max(longest, state.rule.expr.reach());
  }
  return longest + kLookBack;
}

std::vector<RuleCost> RuleEngine::costs() const {
  std::vector<RuleCost> costs;
  for (const GroupState& group : groups_) {
    for (const RuleState& state : group.rules) costs.push_back(state.cost);
  }
  return costs;
}

}  // namespace pmon::alerts
