// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "alerts/rule_engine.h"
#include "alerts/rule_state.h"

namespace pmon::alerts {
namespace {

constexpr std::size_t kDeepestRecording = 8;  // rules that record what rules record; more would be a cycle

// As written where this version cannot read it.
std::string canonical(const std::string& expr) {
  const auto parsed = promql::Expr::parse(expr);
  return parsed ? parsed->canonical() : expr;
}

AlertMemory memory_of(const ActiveAlert& alert) {
  return {alert.state,  alert.labels, alert.sample_labels, alert.value, alert.active_since, alert.keep_firing_since,
          alert.process};
}

ActiveAlert alert_of(AlertMemory memory) {
  return {memory.state,  std::move(memory.labels), std::move(memory.sample_labels),
          memory.value,  memory.active_since,      memory.keep_firing_since,
          memory.process};
}

// For the last words about alerts of a rule that is gone. A text that was a template once, and is none for
// this version, is left out.
std::shared_ptr<const AlertTexts> annotations_of(const RuleMemory& rule, const EngineOptions& options) {
  std::vector<rules::TemplatedLabel> annotations;
  for (const auto& [name, text] : rule.annotations) {
    if (auto parsed = rules::Template::parse(text)) annotations.push_back({name, text, std::move(*parsed)});
  }
  return std::make_shared<AlertTexts>(std::move(annotations), options.external_labels, options.external_url);
}

}  // namespace

EngineMemory RuleEngine::memory() const {
  EngineMemory memory{last_tick_, {}};
  for (const GroupState& group : groups_) {
    for (const RuleState& state : group.rules) {
      if (!state.alerting || state.alerting->instances().empty()) continue;
      RuleMemory& rule = memory.rules.emplace_back();
      rule.alert = state.rule.alert;
      rule.expr = state.rule.expr.text();
      rule.labels = texts_of(state.rule.labels);
      rule.annotations = texts_of(state.rule.annotations);
      for (const auto& [labels, alert] : state.alerting->instances()) rule.alerts.push_back(memory_of(alert));
    }
  }
  return memory;
}

RuleEngine::RuleState* RuleEngine::unrestored(const RuleMemory& memory) {
  const std::string expr = canonical(memory.expr);
  RuleMemory::Texts labels = memory.labels;  // an older version wrote them down in the order of the file
  std::ranges::sort(labels);
  for (GroupState& group : groups_) {
    for (RuleState& state : group.rules) {
      const bool same = state.alerting && state.rule.alert == memory.alert && texts_of(state.rule.labels) == labels &&
                        state.rule.expr.canonical() == expr;
      if (same && state.alerting->instances().empty()) return &state;
    }
  }
  return nullptr;
}

// How long after the start a rule has seen all that its expression looks back on, through what other rules
// record for it: those may have had their turn just before they had seen enough.
Timestamp RuleEngine::warm_up(const rules::Rule& rule, std::size_t depth) const {
  Timestamp longest = 0;
  if (depth < kDeepestRecording) {
    const std::vector<std::string> read = rule.expr.metric_names();
    for (const GroupState& group : groups_) {
      for (const RuleState& other : group.rules) {
        if (std::ranges::find(read, other.rule.record) == read.end()) continue;
        const Timestamp turn = group.interval_ms.value_or(options_.tick_ms);
        longest = std::max(longest, warm_up(other.rule, depth + 1) + turn);
      }
    }
  }
  return longest + rule.expr.reach();
}

void RuleEngine::restore(EngineMemory memory, Timestamp now) {
  const Timestamp lost = std::max<Timestamp>(0, now - memory.time);
  for (RuleMemory& rule : memory.rules) {
    RuleState* const state = unrestored(rule);
    const auto texts = state == nullptr ? annotations_of(rule, options_) : nullptr;
    std::vector<ActiveAlert> alerts;
    for (AlertMemory& remembered : rule.alerts) {
      ActiveAlert alert = alert_of(std::move(remembered));
      const bool pending = alert.state == ActiveAlert::State::kPending;
      if (pending && (lost > kOutageTolerance || state == nullptr)) continue;
      if (pending) alert.active_since += lost;
      if (alert.keep_firing_since) *alert.keep_firing_since += lost;
      alert.texts = texts;
      if (state != nullptr) {
        alerts.push_back(std::move(alert));
      } else {
        removed_alerts_.push_back({std::move(alert), kRuleRemoved});
      }
    }
    if (state != nullptr) state->alerting->restore(std::move(alerts), now, warm_up(state->rule));
  }
}

bool RuleEngine::counting() const {
  return std::ranges::any_of(groups_, [](const GroupState& group) {
    return std::ranges::any_of(group.rules, [](const RuleState& state) {
      return state.alerting && std::ranges::any_of(state.alerting->instances(), [](const auto& instance) {
               return instance.second.state == ActiveAlert::State::kPending || instance.second.keep_firing_since;
             });
    });
  });
}

}  // namespace pmon::alerts
