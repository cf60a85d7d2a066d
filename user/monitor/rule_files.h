// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pmon/result.h"
#include "rules/rules.h"

namespace pmon::monitor {

// What the shipped rules are called where rules are placed: "default.yml:15".
inline constexpr const char* kDefaultRules = "default.yml";

// Every metric that pmon exports, and the two that alerts are written as.
[[nodiscard]] std::vector<std::string> known_metrics();

// The rules that pmon ships (where asked for), then those of the files in order; the one loader of
// `watch`, of reloading and of `check`. Beyond what rules::load() refuses, rules::check_metrics() must find nothing.
// Errors (kUsage): those of all files in one message.
[[nodiscard]] Result<std::vector<rules::Group>> load_rules(bool default_rules, const std::vector<std::string>& files);

// What loads and yet may not work anywhere: metrics of other exporters, fixed times, subqueries of too many steps,
// rules that are there twice.
[[nodiscard]] std::vector<config::Diagnostic> rule_warnings(std::span<const rules::Group> groups);

}  // namespace pmon::monitor
