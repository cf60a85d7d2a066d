// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "monitor/rule_files.h"
#include "rules_of.h"

namespace pmon::monitor {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Capabilities everything() {
  Capabilities all;
  for (const MetricInfo& row : metric_table()) all.add(row.metric);
  return all;
}

std::vector<std::string> limits(const std::vector<rules::Group>& groups, Timestamp interval_ms,
                                const Capabilities& capabilities = everything()) {
  std::vector<std::string> texts;
  for (const Notice& notice : rule_limits(groups, capabilities, interval_ms)) {
    texts.push_back(notice.code + ": " + notice.text);
  }
  return texts;
}

std::vector<rules::Group> default_rules() {
  auto groups = load_rules(true, {});
  EXPECT_TRUE(groups) << groups.error().text();
  return groups.value_or(std::vector<rules::Group>());
}

TEST(RuleLimits, NamesFixedTimes) {
  const auto rules = rules_of({"{alert: Grown, expr: pmon_process_threads - pmon_process_threads @ 1e9 > 1}"});
  EXPECT_THAT(limits(rules, 1000), ElementsAre(HasSubstr("rule Grown (r.yml:4) looks at a fixed time ('@')")));
}

TEST(RuleLimits, NamesSubqueriesOfTooManySteps) {
  const auto rules = rules_of({"{alert: Ages, expr: 'max_over_time(pmon_process_threads[900d:]) > 1'}"});
  EXPECT_THAT(limits(rules, 60'000), IsEmpty());
  EXPECT_THAT(limits(rules, 1000), ElementsAre(HasSubstr("rule Ages (r.yml:4) cannot work as written, its subqueries "
                                                         "have more steps than an evaluation may take")));
}

TEST(RuleLimits, TheDefaultRulesHaveNoneUpToTheirInterval) {
  for (const Timestamp interval : {100, 1000, 2500}) EXPECT_THAT(limits(default_rules(), interval), IsEmpty());
  EXPECT_THAT(limits(default_rules(), 3000), ElementsAre(HasSubstr("rule FaultStorm cannot work as written")));
}

TEST(RuleLimits, RulesWithTheSameReasonAreToldTogether) {
  EXPECT_THAT(
      limits(default_rules(), 10'000),
      ElementsAre(
          "rule_limited: rules CpuBurn, ThreadChurn, HeapGrowth, HeapLeak, OomRisk, FaultStorm, ForkStorm cannot "
          "work as written at an interval of 10s, too few samples are in their ranges: use --interval "
          "2500ms, or longer ranges"));
  Capabilities less = everything();
  less.remove(Metric::kTHREADS_CREATED, "/proc does not tell it");
  less.remove(Metric::kOOM_KILLS, "/proc does not tell it");
  EXPECT_THAT(limits(default_rules(), 1000, less),
              ElementsAre("rule_limited: rules ThreadChurn, OomKilled cannot work as written, without "
                          "pmon_process_threads_created_total, pmon_process_oom_kills_total: /proc does not tell it"));
}

TEST(RuleLimits, WhatAGroupAddsUpIsMissingAlike) {
  Capabilities less = everything();
  less.remove(Metric::kCPU, "no BTF");
  less.features.push_back({"exit_status", Feature::Mode::kDegraded, "only of zombies"});
  EXPECT_THAT(limits(rules_of({"{alert: Hot, expr: 'pmon_group_cpu_seconds_total > 5'}",
                               "{alert: Ends, expr: 'pmon_group_processes_exited_total > 5'}"}),
                     1000, less),
              ElementsAre("rule_limited: rule Hot (r.yml:4) cannot work as written, without "
                          "pmon_group_cpu_seconds_total: no BTF",
                          "rule_limited: rule Ends (r.yml:5) cannot work as written, without "
                          "pmon_group_processes_exited_total: only of zombies"));
}

TEST(RuleLimits, MetricsOfOthersAndOnesThatAreOnlyExported) {
  EXPECT_THAT(limits(rules_of({"{alert: Load, expr: node_load1 > 5}"}), 1000),
              ElementsAre("rule_limited: no such metric here: node_load1; rule Load (r.yml:4) never fires on it"));
  EXPECT_THAT(
      limits(rules_of({"{alert: Load, expr: node_load1 > 5}", "{alert: Up, expr: up == 0 or node_load1 > 9}"}), 1000),
      ElementsAre("rule_limited: no such metrics here: node_load1, up; rules Load, Up of r.yml never fire on "
                  "them"));
  EXPECT_THAT(limits(rules_of({"{alert: Self, expr: pmon_self_resident_bytes > 5}"}), 1000),
              ElementsAre(AllOf(HasSubstr("rule Self"), HasSubstr("exported and not given to rules"))));
}

TEST(RuleLimits, TwinsAreToldInOneSentence) {
  std::vector<rules::Group> both = default_rules();
  const auto mine = rules::load(rules::default_rules_text(), "mine.yml");
  ASSERT_TRUE(mine);
  both.insert(both.end(), mine->begin(), mine->end());
  EXPECT_THAT(limits(both, 1000),
              ElementsAre(AllOf(HasSubstr("rule_duplicate: rules CpuBurn, ThreadSurge, "),
                                HasSubstr(" more of mine.yml "), HasSubstr("are in default.yml already"),
                                HasSubstr("--no-default-rules"), Not(HasSubstr("process:private_bytes")))));
}

}  // namespace
}  // namespace pmon::monitor
