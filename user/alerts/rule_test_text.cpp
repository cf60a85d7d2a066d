// SPDX-License-Identifier: Apache-2.0
#include "alerts/rule_test_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "config/duration.h"

namespace pmon::alerts {

namespace {

// The shortest text that reads back, with an exponent: 1E+01.
std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, std::end(buffer), value, std::chars_format::scientific).ptr;
  std::string text(buffer, end);
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

// As Labels::braced().
std::string braced(const RuleTest::Texts& texts) {
  std::string inside;
  for (const auto& [name, value] : texts) inside += (inside.empty() ? "" : ", ") + name + "=" + pmon::quoted(value);
  return "{" + inside + "}";
}

std::string alerts_text(const std::vector<RuleTest::ExpectedAlert>& alerts) {
  if (alerts.empty()) return "[]";
  std::string out = "[";
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    out += fmt::format("{}\n            {}:\n              Labels:{}\n              Annotations:{}", i == 0 ? "" : ",",
                       i, braced(alerts[i].labels), braced(alerts[i].annotations));
  }
  return out + "\n            ]";
}

std::string samples_text(promql::Vector samples) {
  std::ranges::sort(samples, {}, &promql::Sample::labels);
  std::string out;
  for (const promql::Sample& sample : samples) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", sample.labels.braced(), number_text(sample.value));
  }
  return out.empty() ? "nil" : out;
}

// As Go prints a time.Duration: 2m0s, 1h1m1.5s, 500ms.
std::string go_duration(Timestamp ms) {
  if (ms > 0 && ms < 1000) return fmt::format("{}ms", ms);
  std::string text;
  if (ms >= 3'600'000) text += fmt::format("{}h", ms / 3'600'000);
  if (ms >= 60'000) text += fmt::format("{}m", ms / 60'000 % 60);
  return text + fmt::format("{}s", static_cast<double>(ms % 60'000) / 1000);
}

std::string head(const RuleTest::ExprCheck& check) {
  return fmt::format("    expr: {}, time: {},", pmon::quoted(check.expr), config::duration_text(check.time));
}

}  // namespace

std::string alert_difference(const RuleTest::AlertCheck& check, std::string_view test_name,
                             const std::vector<RuleTest::ExpectedAlert>& got) {
  auto expected = check.expected;
  std::ranges::sort(expected);
  const std::string name = test_name.empty() ? "" : fmt::format("    name: {},\n", test_name);
  return fmt::format("{}    alertname: {}, time: {}, \n        exp:{}, \n        got:{}", name, check.alertname,
                     config::duration_text(check.time), alerts_text(expected), alerts_text(got));
}

std::string alertname_missing(const RuleTest::AlertCheck& check, std::string_view test_name) {
  const std::string name = test_name.empty() ? "" : fmt::format(" (in TestGroup {})", test_name);
  return fmt::format("an item under alert_rule_test misses required attribute alertname at eval_time {}{}",
                     config::duration_text(check.time), name);
}

std::string sample_difference(const RuleTest::ExprCheck& check, const promql::Vector& got) {
  return fmt::format("{}\n        exp: {}\n        got: {}", head(check), samples_text(check.expected),
                     samples_text(got));
}

std::string rule_failure(std::string_view rule, Timestamp time, std::string_view error) {
  return fmt::format("    rule: {}, time: {}, err: {}", rule, go_duration(time), error);
}

std::string expr_failure(const RuleTest::ExprCheck& check, std::string_view error) {
  return fmt::format("{} err: {}", head(check), error);
}

}  // namespace pmon::alerts
