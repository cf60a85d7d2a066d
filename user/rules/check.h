// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rules/rules.h"

namespace pmon::rules {

// What can be wrong with rules that load; all in the order of the rules.

// A rule that may not do what it says. Those of one check with the same reason can be told together.
struct Warning {
  const Rule* rule = nullptr;  // one of the groups given
  std::string subject;         // the metric, the interval at which it would work, or the file of its twin
  std::string reason;          // why the metric is not there; empty where the check says it all
  config::Diagnostic diagnostic;
};

// Errors: a metric that is not in `known`, that no rule records and that was meant to be one of pmon's: it has the
// prefix pmon_, or is a slip of the keys away from a known name, with its prefix pmon_process_ or without.
[[nodiscard]] std::vector<config::Diagnostic> check_metrics(std::span<const Group> groups,
                                                            std::span<const std::string> known);

// Any other unknown metric: a team's rule file may hold rules over metrics of other exporters. Never seen here.
[[nodiscard]] std::vector<Warning> check_foreign(std::span<const Group> groups, std::span<const std::string> known);

// A range that does not hold the samples that its function needs: one collection interval, two for rates and trends.
[[nodiscard]] std::vector<Warning> check_ranges(std::span<const Group> groups, Timestamp interval_ms);

// `@` with a time: its samples are forgotten sooner or later, and nothing is found from then on.
[[nodiscard]] std::vector<Warning> check_fixed_times(std::span<const Group> groups);

// Subqueries of more steps than an evaluation may take: the rule fails at each one. `interval_ms`: the step of those
// that name none; 0: not known.
[[nodiscard]] std::vector<Warning> check_work(std::span<const Group> groups, Timestamp interval_ms);

// Two rules with the same name and labels, whose results would mix.
[[nodiscard]] std::vector<Warning> check_duplicates(std::span<const Group> groups);

// A metric that is known and cannot be measured here; `missing`: pairs of name and reason.
[[nodiscard]] std::vector<Warning> check_measurable(std::span<const Group> groups,
                                                    std::span<const std::pair<std::string, std::string>> missing);

// "2500ms", "10s", "5m": as Prometheus writes it, in one unit.
[[nodiscard]] std::string interval_text(Timestamp ms);

}  // namespace pmon::rules
