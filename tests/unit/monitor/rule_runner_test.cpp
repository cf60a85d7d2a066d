// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "rules_of.h"

namespace pmon::monitor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A runner and a process whose threads the test sets, a tick a second. The clock goes on by `cost` with each look.
class RuleRunnerTest : public testing::Test {
 protected:
  void start(const std::vector<std::string>& rules) {
    runner_ = std::make_unique<RuleRunner>(rules_of(rules), 1000, [this] { return clock_ += cost_ms_ * 1'000'000; });
    process_.key = {7, 100};
    process_.comm = "web";
  }
  RuleOutput tick(double threads) {
    process_.metrics.set(Metric::kTHREADS, threads);
    const std::vector<const ProcessSample*> processes = {&process_};
    return runner_->run({.time = now_ += 1000, .processes = processes, .groups = groups_});
  }
  static std::vector<std::string> fired(const RuleOutput& output) {
    std::vector<std::string> names;
    for (const Notification& told : output.notifications) {
      for (const AlertNotice& alert : told.alerts) names.emplace_back(alert.labels.get("alertname"));
    }
    return names;
  }
  static std::vector<std::string> told(const RuleOutput& output) {
    std::vector<std::string> texts;
    for (const Notice& notice : output.notices) texts.push_back(notice.code + ": " + notice.text);
    return texts;
  }

  Timestamp now_ = 1'700'000'003'000;
  std::uint64_t clock_ = 0;
  std::uint64_t cost_ms_ = 0;
  ProcessSample process_;
  std::vector<GroupRow> groups_;
  std::unique_ptr<RuleRunner> runner_;
};

TEST_F(RuleRunnerTest, SubqueriesStepByTheInterval) {
  start({"{alert: Peak, expr: 'max_over_time(pmon_process_threads[5s:]) > 100'}"});
  EXPECT_THAT(fired(tick(1)), IsEmpty());
  EXPECT_THAT(fired(tick(500)), ElementsAre("Peak"));
  tick(1);
  tick(1);
  EXPECT_EQ(runner_->firing(), 1U) << "the peak is three seconds ago";
}

TEST_F(RuleRunnerTest, QueriesStepByTheIntervalToo) {
  start({"{alert: Many, expr: pmon_process_threads > 100}"});
  for (int i = 0; i < 10; ++i) tick(1);
  promql::Budget budget(promql::kQueryWork);
  const auto value = promql::evaluate(*promql::Expr::parse("count_over_time(pmon_process_threads[5s:])"),
                                      runner_->store(), now_, runner_->evaluation(budget));
  ASSERT_TRUE(value);
  EXPECT_GE(std::get<promql::Vector>(*value).at(0).value, 5) << "once in a minute would be 1";
}

TEST_F(RuleRunnerTest, KeepsMetricsThatAreAskedForWhereTheyCanHaveSamples) {
  start({"{record: mine, expr: pmon_process_threads > 100}"});
  runner_->keep({"pmon_process_cpu_seconds_total", "mine", "ALERTS", "no_such_metric", "another"});
  EXPECT_THAT(runner_->kept(), ElementsAre("ALERTS", "mine", "pmon_process_cpu_seconds_total"));
  runner_->replace_rules(rules_of({"{record: yours, expr: pmon_process_threads > 100}"}));
  EXPECT_THAT(runner_->kept(), ElementsAre("ALERTS", "pmon_process_cpu_seconds_total"));
}

TEST_F(RuleRunnerTest, RulesCanReadAlerts) {
  start({"{alert: Many, expr: pmon_process_threads > 100}",
         "{alert: Any, expr: 'sum(ALERTS{alertname=\"Many\", alertstate=\"firing\"}) > 0'}"});
  EXPECT_THAT(fired(tick(500)), ElementsAre("Many", "Any"));
}

TEST_F(RuleRunnerTest, KnowsWhoseAlertFires) {
  start({"{alert: Many, expr: pmon_process_threads > 100}"});
  tick(500);
  ProcessSample other = process_;
  other.key.pid = 8;
  EXPECT_TRUE(runner_->alerting(process_));
  EXPECT_FALSE(runner_->alerting(other));
}

TEST_F(RuleRunnerTest, RulesSeeTheSeriesOfGroups) {
  start({"{alert: Crashes, expr: 'increase(pmon_group_processes_exited_total{signal!=\"\"}[10s]) > 2'}",
         "{alert: Two, expr: pmon_group_processes == 2}", "{alert: Hot, expr: pmon_group_cpu_seconds_total > 50}"});
  groups_.resize(1);
  groups_[0].group = "web";
  groups_[0].processes = 1;
  EXPECT_THAT(fired(tick(1)), IsEmpty());
  groups_[0].processes = 2;
  groups_[0].totals.set(Metric::kCPU, 60);
  EXPECT_THAT(fired(tick(1)), ElementsAre("Two", "Hot"));
  groups_[0].exited[{0, SIGSEGV}] = 3;
  EXPECT_THAT(fired(tick(1)), ElementsAre("Crashes")) << "the first end is a rise from 0";
}

TEST_F(RuleRunnerTest, ASlowRuleIsNamedOnce) {
  start({"{alert: Many, expr: pmon_process_threads > 100}", "{alert: Few, expr: pmon_process_threads < 1}"});
  cost_ms_ = 100;
  EXPECT_THAT(told(tick(1)), IsEmpty()) << "a tenth of the interval is granted";
  cost_ms_ = 101;
  EXPECT_THAT(told(tick(1)), ElementsAre(HasSubstr("rule_slow: evaluating took longer than 100 ms, which delays the "
                                                   "tick: Many of group g (101 ms), Few of group g (101 ms);")));
  EXPECT_THAT(told(tick(1)), IsEmpty());
  EXPECT_EQ(runner_->costs().at(1).rule, "Few");
  EXPECT_EQ(runner_->costs().at(1).last_ns, 101'000'000U);
  runner_->replace_rules(rules_of({"{alert: Many, expr: pmon_process_threads > 100}"}));
  EXPECT_THAT(told(tick(1)), ElementsAre(HasSubstr("Many of group g (101 ms);"))) << "other rules, told anew";
}

TEST_F(RuleRunnerTest, TellsOfARuleThatFailsAndThatWorksAgain) {
  start({"{alert: A, expr: 'pmon_process_threads + on() (pmon_group_processes)'}"});
  groups_.resize(2);
  groups_[0].group = "a";
  groups_[1].group = "b";
  EXPECT_THAT(told(tick(1)), ElementsAre(HasSubstr("rule_failed: rule A of group g: ")));
  EXPECT_THAT(told(tick(1)), IsEmpty());
  groups_.resize(1);
  tick(1);  // a series that is not put ends at the next tick
  EXPECT_THAT(told(tick(1)), ElementsAre("rule_works: rule A works again"));
}

}  // namespace
}  // namespace pmon::monitor
