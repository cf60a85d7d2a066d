// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "alerts/active_alert.h"
#include "alerts/matcher.h"

namespace pmon::alerts {

// While an alert that matches all of `source` fires, alerts that match all of `target` and agree with it
// in the labels `equal` are not told. As in Alertmanager, an alert that matches both sides cannot be
// inhibited by another one that does, itself included.
struct InhibitRule {
  std::vector<LabelMatcher> source;
  std::vector<LabelMatcher> target;
  std::vector<std::string> equal;
};

// OomRisk over HeapGrowth, HeapLeak and SharedMemoryLeak of the same process.
[[nodiscard]] std::vector<InhibitRule> default_inhibit_rules();

// For each firing alert, whether some rule inhibits it.
[[nodiscard]] std::vector<bool> inhibited(std::span<const InhibitRule> rules,
                                          std::span<const ActiveAlert* const> firing);

}  // namespace pmon::alerts
