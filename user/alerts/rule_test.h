// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/series_notation.h"
#include "pmon/labels.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"
#include "rules/rules.h"

namespace pmon::alerts {

// A unit test of rules, in the format of `promtool test rules`.
struct RuleTest {
  struct Input {
    Labels labels;  // with __name__
    std::vector<InputValue> values;
  };
  using Texts = std::map<std::string, std::string>;  // unlike Labels with those that are empty
  struct ExpectedAlert {
    Texts labels;  // with alertname
    Texts annotations;
    auto operator<=>(const ExpectedAlert&) const = default;
  };
  struct AlertCheck {
    Timestamp time = 0;
    std::string alertname;
    std::vector<ExpectedAlert> expected;
  };
  struct ExprCheck {
    Timestamp time = 0;
    std::string expr;
    promql::Vector expected;
  };

  std::string name;
  Timestamp interval_ms = 0;  // of the input; 0: all of it is of time 0
  std::vector<Input> inputs;
  std::vector<AlertCheck> alert_checks;
  std::vector<ExprCheck> expr_checks;
  Labels external_labels;
  std::string external_url;
};

struct RuleTestFile {
  std::vector<std::string> rule_files;  // patterns as in glob(7), as written
  Timestamp evaluation_interval_ms = 60'000;
  std::vector<std::string> group_eval_order;
  std::vector<RuleTest> tests;
};

struct RuleTestReport {
  std::size_t checks = 0;
  std::vector<std::string> warnings;
  std::vector<std::string> failures;  // each as promtool tells it, in several lines
};

// Reads the text of a test file; errors as "file:line:column: what", source line, caret.
[[nodiscard]] Result<RuleTestFile> parse_rule_tests(std::string_view yaml, const std::string& file);

// Runs one test over the groups, which are evaluated in their order at every evaluation interval.
[[nodiscard]] RuleTestReport run_rule_test(const RuleTest& test, const std::vector<rules::Group>& groups,
                                           Timestamp evaluation_interval_ms);

// Reads a test file and the rule files that it names, and runs all of it: `pmon test FILE`.
[[nodiscard]] Result<RuleTestReport> run_rule_test_file(const std::string& path);

}  // namespace pmon::alerts
