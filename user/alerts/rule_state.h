// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "alerts/alerting_rule.h"
#include "alerts/recorder.h"
#include "alerts/rule_engine.h"
#include "rules/rules.h"

namespace pmon::alerts {

// What the engine keeps of a rule and of a group.
struct RuleEngine::RuleState {
  rules::Rule rule;
  std::optional<AlertingRule> alerting;  // absent: a recording rule
  bool about_pmon = false;
  RecordedSeries series;      // of a recording rule, or ALERTS
  RecordedSeries for_states;  // of an alerting rule: ALERTS_FOR_STATE
  std::string error;          // of the last evaluation; empty when it worked
  RuleCost cost;
};

struct RuleEngine::GroupState {
  std::string name;
  std::optional<Timestamp> interval_ms;
  std::size_t limit = 0;
  std::vector<RuleState> rules;
  Timestamp last;
};

// Names and texts in the order of the names, so that their order in a file means nothing.
[[nodiscard]] RuleMemory::Texts texts_of(const std::vector<rules::TemplatedLabel>& templated);

}  // namespace pmon::alerts
