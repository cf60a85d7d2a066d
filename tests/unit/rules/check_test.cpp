// SPDX-License-Identifier: Apache-2.0
#include "rules/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon::rules {
namespace {

using ::testing::HasSubstr;

std::vector<Group> groups_of(const std::string& yaml) {
  auto groups = load(yaml, "r.yml");
  EXPECT_TRUE(groups) << groups.error().message;
  return groups.value_or(std::vector<Group>());
}

const std::vector<std::string> kKnown = {"pmon_process_threads", "pmon_process_cpu_seconds_total"};

TEST(CheckMetrics, PlacesAnUnknownMetricAndSuggests) {
  const auto found = check_metrics(groups_of(R"(groups:
- name: g
  rules:
  - alert: A
    expr: |
      pmon_process_threads > 5
      and pmon_process_thread > 3
)"),
                                   kKnown);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Diagnostic::Severity::kError);
  EXPECT_EQ(found[0].text(),
            "r.yml:7:11: rule 'A': pmon has no metric 'pmon_process_thread' (did you mean 'pmon_process_threads'?); "
            "'pmon metrics' lists them\n"
            "        and pmon_process_thread > 3\n"
            "            ^");
}

TEST(CheckMetrics, KnowsRecordedAndForeignMetrics) {
  EXPECT_TRUE(check_metrics(groups_of(R"(groups:
- name: g
  rules:
  - {alert: A, expr: pmon_mine > 1 or node_load1 > 5 or pmon_process_threads > 1}
  - {record: pmon_mine, expr: up}
)"),
                            kKnown)
                  .empty());
}

TEST(CheckRanges, WarnsOfARangeThatCannotHoldTwoSamples) {
  const auto groups = groups_of(R"(groups:
- name: g
  rules:
  - {alert: Short, expr: 'rate(x[5s]) > 1'}
  - {alert: Long, expr: 'rate(x[1m]) > 1'}
  - {alert: None, expr: x > 1}
)");
  EXPECT_TRUE(check_ranges(groups, 2500).empty());
  const auto found = check_ranges(groups, 3000);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Diagnostic::Severity::kWarning);
  EXPECT_EQ(found[0].position.line, 4);
  EXPECT_THAT(found[0].text(),
              HasSubstr("warning: rule 'Short' looks back 5s, less than two collection intervals of 3s"));
}

TEST(CheckDuplicates, WarnsOfTheSameNameAndLabels) {
  const auto found = check_duplicates(groups_of(R"(groups:
- name: g
  rules:
  - {alert: A, expr: x > 1, labels: {a: b, c: d}}
  - {alert: A, expr: x > 2, labels: {c: d, a: b}}
  - {alert: A, expr: x > 2, labels: {a: other}}
)"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].text(),
              HasSubstr("r.yml:5:22: warning: rule 'A' is there already, with the same labels, at r.yml:4"));
}

TEST(CheckMeasurable, NamesRuleMetricAndReason) {
  const std::vector<std::pair<std::string, std::string>> missing = {{"pmon_process_threads", "no BTF"}};
  const auto found = check_measurable(
      groups_of("groups:\n- name: g\n  rules:\n  - {alert: A, expr: pmon_process_threads > 1}\n"), missing);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].message,
              HasSubstr("rule 'A' needs 'pmon_process_threads', which cannot be measured here: no BTF"));
}

}  // namespace
}  // namespace pmon::rules
