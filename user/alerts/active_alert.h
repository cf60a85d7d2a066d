// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pmon/labels.h"
#include "pmon/snapshot.h"
#include "rules/rules.h"

namespace pmon::alerts {

// What an alert's annotations are made from; shared by the alerts of a rule, and outlives the rule.
struct AlertTexts {
  std::vector<rules::TemplatedLabel> annotations;
  Labels external_labels;
  std::string external_url;
};

// One instance of an alerting rule: its condition holds for these labels. An instance whose condition
// does not hold any more is gone, so there is no inactive state.
struct ActiveAlert {
  enum class State { kPending, kFiring };
  State state = State::kPending;
  Labels labels;                               // its identity: the sample's and the rule's labels, and alertname
  Labels sample_labels;                        // what templates call $labels
  double value = 0;                            // of the last evaluation at which the condition held
  Timestamp active_since = 0;                  // when it became pending
  std::optional<Timestamp> keep_firing_since;  // when the condition ended, while keep_firing_for runs
  std::uint64_t process = 0;                   // as EngineOptions::process_of said when it became pending
  std::shared_ptr<const AlertTexts> texts;
  bool restored = false;  // an earlier run's: see RuleEngine::restore()

  // Expanded when asked for: most evaluations send nothing. Those that expand to nothing are left out.
  [[nodiscard]] Labels annotations() const;
  // With them, as Prometheus keeps them.
  [[nodiscard]] std::map<std::string, std::string> all_annotations() const;
};

// An alert that was firing and is not any more.
struct ResolvedAlert {
  ActiveAlert alert;
  std::string reason;  // "condition_ended", "exited", "rule_removed"
};

inline constexpr const char* kConditionEnded = "condition_ended";
inline constexpr const char* kExited = "exited";
inline constexpr const char* kRuleRemoved = "rule_removed";

}  // namespace pmon::alerts
