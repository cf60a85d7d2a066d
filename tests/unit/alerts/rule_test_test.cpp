// SPDX-License-Identifier: Apache-2.0
// The rule tests of tests/rules, judged by pmon and by promtool; and that the runner can fail.

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/temp_folder.h"
#include "alerts/rule_test.h"
#include "config/read_file.h"
#include "support.h"

namespace pmon::alerts {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> data_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PMON_SOURCE_DIR "/tests/rules")) {
    if (entry.path().extension() == ".yml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string path_of(const std::string& name) { return PMON_SOURCE_DIR "/tests/rules/" + name + ".yml"; }

class RuleData : public ::testing::TestWithParam<std::string> {};

TEST_P(RuleData, HoldsInPmon) {
  const auto report = run_rule_test_file(path_of(GetParam()));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GT(report->checks, 0u);
  for (const std::string& failure : report->failures) ADD_FAILURE() << failure;
}

TEST_P(RuleData, HoldsInPrometheus) {
  if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "promtool is not installed";
  EXPECT_EQ(std::system(("promtool test rules " + path_of(GetParam()) + " >/dev/null").c_str()), 0);
}

INSTANTIATE_TEST_SUITE_P(Files, RuleData, ::testing::ValuesIn(data_files()),
                         [](const auto& file) { return file.param; });

TEST(RuleData, CoversEveryDefaultAlert) {
  std::set<std::string> tested;
  for (const std::string& name : data_files()) {
    const auto file = parse_rule_tests(*config::read_file(path_of(name), "test file"), name);
    ASSERT_TRUE(file);
    for (const RuleTest& test : file->tests) {
      for (const auto& check : test.alert_checks) tested.insert(check.alertname);
    }
  }
  const auto groups = rules::load(rules::default_rules_text(), "default.yml");
  ASSERT_TRUE(groups);
  for (const rules::Group& group : *groups) {
    for (const rules::Rule& rule : group.rules) {
      EXPECT_TRUE(rule.alert.empty() || tested.contains(rule.alert)) << rule.alert;
    }
  }
}

RuleTestReport run(const std::string& test, const std::vector<rules::Group>& groups) {
  const auto file = parse_rule_tests("evaluation_interval: 1m\ntests:\n" + test, "t.yml");
  EXPECT_TRUE(file) << file.error().message;
  return run_rule_test(file->tests.at(0), groups, file->evaluation_interval_ms);
}

constexpr const char* kInput = "- interval: 1m\n  input_series: [{series: 'x{a=\"b\"}', values: '0+1x10'}]\n";

TEST(RuleTestRunner, ReportsWhatDiffers) {
  const auto groups = testing::rules_of({"{alert: A, expr: x > 2, annotations: {s: '{{ $value }}'}}"});
  const auto report = run(std::string(kInput) + R"(  name: n
  alert_rule_test:
  - {eval_time: 5m, alertname: A}
  - {eval_time: 5m, alertname: A, exp_alerts: [{exp_labels: {a: b}, exp_annotations: {s: "5"}}]}
  - {eval_time: 5m, alertname: A, exp_alerts: [{exp_labels: {a: b}, exp_annotations: {s: "6"}}]}
  - {eval_time: 1m, alertname: A}
  promql_expr_test:
  - {expr: x, eval_time: 3m, exp_samples: [{labels: 'x{a="b"}', value: 3}]}
  - {expr: x, eval_time: 3m, exp_samples: [{labels: 'x{a="b"}', value: 4}]}
  - {expr: 'x[1m]', eval_time: 3m}
  - {expr: 'rate(', eval_time: 3m}
)",
                          groups);
  EXPECT_EQ(report.checks, 8u);
  ASSERT_EQ(report.failures.size(), 5u);
  EXPECT_THAT(report.failures[0],
              HasSubstr("    name: n,\n    alertname: A, time: 5m, \n        exp:[], \n        got:["));
}

TEST(RuleTestFile, PlacesItsErrors) {
  const auto error_of = [](const std::string& yaml) {
    const auto file = parse_rule_tests(yaml, "t.yml");
    return file ? std::string() : file.error().message;
  };
  EXPECT_THAT(error_of("test: []\n"),
              HasSubstr("t.yml:1:1: unknown key 'test' in the test file (did you mean 'tests'?)"));
  EXPECT_THAT(error_of("evaluation_interval: soon\n"),
              HasSubstr("t.yml:1:22: 'evaluation_interval': not a duration: 'soon'"));
  EXPECT_THAT(error_of("tests:\n- interval: ''\n"), HasSubstr("t.yml:2:13: 'interval': not a duration: ''"));
  EXPECT_THAT(error_of("tests:\n- input_series:\n  - {series: 'x{', values: 1y}\n"),
              HasSubstr("t.yml:3:14: not a series"));
  EXPECT_THAT(error_of("tests:\n- input_series:\n  - {series: x, values: 1y}\n"),
              HasSubstr("t.yml:3:25: not a value: '1y'"));
  EXPECT_FALSE(run_rule_test_file("/nowhere.yml"));
}

// Sample values that promtool reads as texts.
TEST(RuleTestFile, RefusesNumbersThatAreTexts) {
  const bool with_promtool = std::system("command -v promtool >/dev/null") == 0;
  const test::TempFolder folder;
  for (const char* number : {"\"2\"", "'2'", "+Inf", "NaN", "0x1p1", "1:2", "true", "_2", "2e", "-", ".", "two"}) {
    const std::string yaml =
        fmt::format("tests:\n- promql_expr_test:\n  - {{expr: '2', exp_samples: [{{value: {}}}]}}\n", number);
    const auto file = parse_rule_tests(yaml, "t.yml");
    ASSERT_FALSE(file) << number;
    EXPECT_THAT(file.error().message, HasSubstr("t.yml:3:39: 'value': not a number: ")) << number;
    const std::string path = folder.write("number.yml", yaml);
    if (with_promtool) {
      EXPECT_NE(std::system(("promtool test rules " + path + " >/dev/null 2>&1").c_str()), 0) << number;
    }
  }
}

TEST(RuleTestFile, WarnsOfPatternsThatMatchNothing) {
  const auto report = run_rule_test_file(path_of("test_format"));
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->warnings.size(), 1u);
  EXPECT_THAT(report->warnings[0], HasSubstr("no file match pattern /"));
  EXPECT_THAT(report->warnings[0], HasSubstr("/tests/rules/format/no-such-*.yml"));
}

// What each says of itself is among what promtool says.
class FailingData : public ::testing::TestWithParam<const char*> {};

TEST_P(FailingData, FailsAsInPrometheus) {
  const auto report = run_rule_test_file(path_of("failing/" + std::string(GetParam())));
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->failures.size(), 1u);
  if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "promtool is not installed";
  const test::TempFolder folder;
  const std::string out = folder.write("out", "");
  EXPECT_NE(
      std::system(
          fmt::format("promtool test rules {} >{} 2>&1", path_of("failing/" + std::string(GetParam())), out).c_str()),
      0);
  EXPECT_THAT(*config::read_file(out, "output"), HasSubstr(report->failures[0]));
}

INSTANTIATE_TEST_SUITE_P(Files, FailingData, ::testing::Values("kept_beyond_limit", "order_repeated"),
                         [](const auto& file) { return std::string(file.param); });

TEST(RuleTestRunner, WantsTheNameOfAnAlert) {
  const auto report = run("- {name: n, alert_rule_test: [{eval_time: 90s}]}\n", {});
  EXPECT_EQ(report.failures, std::vector<std::string>{"an item under alert_rule_test misses required attribute "
                                                      "alertname at eval_time 1m30s (in TestGroup n)"});
}

TEST(SeriesNotation, TellsItsLimit) {
  for (const char* text : {"1x999999999", "_x1000001", "1x999998 _ _"}) {
    const auto values = parse_values(text);
    ASSERT_FALSE(values) << text;
    EXPECT_THAT(values.error().message, HasSubstr("more than 1000000 values in one series: '")) << text;
  }
  EXPECT_EQ(parse_values("1x999998 _")->size(), 1'000'000u);
}

TEST(SeriesNotation, ExpandsAsPromtoolDoes) {
  const auto values = parse_values(" 1 -2x1\t3+2x2 9-1x1 _ _x2 stale Inf -1e3 NaN\n");
  ASSERT_TRUE(values) << values.error().message;
  std::string text;
  for (const InputValue& value : *values) {
    switch (value.kind) {
      case InputValue::Kind::kMissing: text += "_ "; break;
      case InputValue::Kind::kStale: text += "s "; break;
      case InputValue::Kind::kSample: text += std::isnan(value.value) ? "nan " : fmt::format("{} ", value.value); break;
    }
  }
  EXPECT_EQ(text, "1 -2 -2 3 5 7 9 8 _ _ _ s inf -1000 nan ");
}

TEST(SeriesNotation, RefusesTheRest) {
  for (const char* text : {"x", "1x", "1+x3", "1+2", "1x-3", "--1", "_y", "1x99999999999", "1x2000000", "1 2,3", "_x",
                           "NaNx3", "Infx3", "1+infx3", "infinity", "nan(1)"}) {
    EXPECT_FALSE(parse_values(text)) << text;
  }
}

}  // namespace
}  // namespace pmon::alerts
