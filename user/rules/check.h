// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rules/rules.h"

namespace pmon::rules {

// What can be wrong with rules that load. Each names the rule and the reason, in the order of the rules.

// Errors: a metric with the prefix pmon_ that is not in `known` and that no rule records.
[[nodiscard]] std::vector<Diagnostic> check_metrics(std::span<const Group> groups, std::span<const std::string> known);

// Warnings: a range or offset under two collection intervals never sees two samples.
[[nodiscard]] std::vector<Diagnostic> check_ranges(std::span<const Group> groups, Timestamp interval_ms);

// Warnings: two rules of one group set with the same name and labels, whose results would mix.
[[nodiscard]] std::vector<Diagnostic> check_duplicates(std::span<const Group> groups);

// Warnings: a metric that is known and cannot be measured here; pairs of name and reason.
[[nodiscard]] std::vector<Diagnostic> check_measurable(std::span<const Group> groups,
                                                       std::span<const std::pair<std::string, std::string>> missing);

}  // namespace pmon::rules
