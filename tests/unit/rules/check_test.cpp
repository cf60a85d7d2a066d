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
  EXPECT_EQ(found[0].severity, config::Diagnostic::Severity::kError);
  EXPECT_EQ(found[0].text(),
            "r.yml:7:11: unknown metric 'pmon_process_thread' (did you mean 'pmon_process_threads'?)\n"
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

std::vector<Group> reading(const std::string& metric) {
  return groups_of("groups:\n- name: g\n  rules:\n  - {alert: A, expr: " + metric + " > 1}\n");
}

TEST(CheckMetrics, RefusesWhatWasMeantForPmon) {
  for (const char* name : {"pmon_process_thread", "pmom_process_threads", "threads", "thread", "cpu_second_total"}) {
    const auto found = check_metrics(reading(name), kKnown);
    ASSERT_EQ(found.size(), 1u) << name;
    EXPECT_THAT(found[0].message, HasSubstr(" (did you mean 'pmon_process_")) << name;
    EXPECT_TRUE(check_foreign(reading(name), kKnown).empty()) << name;
  }
  const auto found = check_metrics(reading("pmon_nothing_like_it_at_all"), kKnown);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].message, "unknown metric 'pmon_nothing_like_it_at_all' ('pmon metrics' lists them)");
}

TEST(CheckForeign, LeavesOtherExportersTheirNames) {
  auto known = kKnown;
  known.emplace_back("pmon_process_up");
  for (const char* name : {"node_load1", "up", "scrape_duration_seconds", "process_cpu_seconds_total",
                           "namedprocess_namegroup_num_threads"}) {
    EXPECT_TRUE(check_metrics(reading(name), known).empty()) << name;
    const auto groups = reading(name);
    const auto found = check_foreign(groups, known);
    ASSERT_EQ(found.size(), 1u) << name;
    EXPECT_EQ(found[0].rule->name(), "A");
    EXPECT_EQ(found[0].subject, name);
    EXPECT_EQ(found[0].diagnostic.severity, config::Diagnostic::Severity::kWarning);
  }
  EXPECT_THAT(
      check_foreign(reading("node_load1"), known)[0].diagnostic.text(),
      HasSubstr("r.yml:4:22: warning: rule 'A' reads 'node_load1': no such metric here, it never fires on it\n"));
}

TEST(CheckRanges, WarnsOfARangeThatCannotHoldItsSamples) {
  const auto groups = groups_of(R"(groups:
- name: g
  rules:
  - {alert: Short, expr: 'rate(x[5s]) > 1'}
  - {alert: Long, expr: 'rate(x[1m]) > 1'}
  - {alert: Level, expr: 'max_over_time(x[5s]) > 1'}
  - {alert: Past, expr: 'x offset 1s > 1'}
  - {alert: None, expr: x > 1}
)");
  EXPECT_TRUE(check_ranges(groups, 2500).empty());
  const auto found = check_ranges(groups, 3000);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].diagnostic.severity, config::Diagnostic::Severity::kWarning);
  EXPECT_EQ(found[0].diagnostic.position.line, 4);
  EXPECT_EQ(found[0].subject, "2500ms");
  EXPECT_THAT(found[0].diagnostic.text(),
              HasSubstr("warning: rule 'Short' looks back too short for an interval of 3s"));
  EXPECT_EQ(check_ranges(groups, 5000).size(), 1u);
  const auto both = check_ranges(groups, 6000);
  ASSERT_EQ(both.size(), 2u) << "a single sample is not in every five seconds either";
  EXPECT_EQ(both[1].rule->name(), "Level");
  EXPECT_EQ(both[1].subject, "5s");
}

TEST(CheckFixedTimes, WarnsOfThemWhereverTheyStand) {
  const auto groups = groups_of(R"(groups:
- name: g
  rules:
  - {alert: A, expr: x - x @ 1700000000 > 100}
  - {alert: B, expr: 'absent(max_over_time((x > 1)[5m:] @ 1e9 offset 5m))'}
  - {alert: C, expr: x @ end() - x @ start() offset 5m > 1}
)");
  const auto found = check_fixed_times(groups);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[0].diagnostic.text(),
              HasSubstr("r.yml:4:22: warning: rule 'A' looks at a fixed time ('@'), whose samples"));
  EXPECT_EQ(found[1].rule->name(), "B");
}

TEST(CheckWork, WarnsOfMoreStepsThanAnEvaluationMayTake) {
  const auto rules = [](const std::string& expr) {
    return groups_of("groups:\n- name: g\n  rules:\n  - {alert: A, expr: '" + expr + " > 1'}\n");
  };
  EXPECT_TRUE(check_work(rules("max_over_time(x[3d:1s])"), 1000).empty());
  const auto long_ago = rules("max_over_time(x[900d:])");
  EXPECT_TRUE(check_work(long_ago, 0).empty()) << "its step is not known";
  EXPECT_TRUE(check_work(long_ago, 60'000).empty());
  const auto found = check_work(long_ago, 1000);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].diagnostic.message,
              HasSubstr("rule 'A' fails at each evaluation: its subqueries have more steps"));
  EXPECT_EQ(check_work(rules("max_over_time(max_over_time(x[1d:1s])[1d:1s])"), 0).size(), 1u);
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
  EXPECT_EQ(found[0].subject, "r.yml");
  EXPECT_THAT(found[0].diagnostic.text(),
              HasSubstr("r.yml:5:22: warning: rule 'A' is there already, with the same labels, at r.yml:4"));
}

TEST(CheckMeasurable, NamesRuleMetricAndReason) {
  const std::vector<std::pair<std::string, std::string>> missing = {{"pmon_process_threads", "no BTF"}};
  const auto found = check_measurable(
      groups_of("groups:\n- name: g\n  rules:\n  - {alert: A, expr: pmon_process_threads > 1}\n"), missing);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].subject, "pmon_process_threads");
  EXPECT_EQ(found[0].reason, "no BTF");
  EXPECT_THAT(found[0].diagnostic.message,
              HasSubstr("rule 'A' needs 'pmon_process_threads', which cannot be measured here: no BTF"));
}

}  // namespace
}  // namespace pmon::rules
