// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alerts/rule_test.h"

namespace pmon::alerts {

// What was expected and what came, in the form in which promtool 2.42 tells it. Lines are indented by four and
// end without a newline.
[[nodiscard]] std::string alert_difference(const RuleTest::AlertCheck& check, std::string_view test_name,
                                           const std::vector<RuleTest::ExpectedAlert>& got);
// A check that names no alert.
[[nodiscard]] std::string alertname_missing(const RuleTest::AlertCheck& check, std::string_view test_name);
[[nodiscard]] std::string sample_difference(const RuleTest::ExprCheck& check, const promql::Vector& got);
// A rule that could not be evaluated at this time.
[[nodiscard]] std::string rule_failure(std::string_view rule, Timestamp time, std::string_view error);
[[nodiscard]] std::string expr_failure(const RuleTest::ExprCheck& check, std::string_view error);

}  // namespace pmon::alerts
