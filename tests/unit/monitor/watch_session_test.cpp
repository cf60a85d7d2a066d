// SPDX-License-Identifier: Apache-2.0
#include "monitor/watch_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "../../support/temp_folder.h"
#include "fake_host.h"

namespace pmon::monitor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

constexpr const char* kManyThreads = R"(
groups:
- name: test
  rules:
  - alert: ManyThreads
    expr: pmon_process_threads > 100
    for: 2s
  - alert: Down
    expr: pmon_process_up == 0
  - alert: Blind
    expr: increase(pmon_collect_errors_total[1m]) > 0 or increase(pmon_events_lost_total[1m]) > 0
  - alert: Crashes
    expr: increase(pmon_group_processes_exited_total{signal!=""}[1m]) > 0
)";

// A session over the fake host that watches by name.
class WatchSessionTest : public testing::Test {
 protected:
  WatchSession& start(const std::string& name = "web", const char* rules = kManyThreads) {
    options_.names = {name};
    options_.samples = true;
    TargetSpec spec;
    spec.names = options_.names;
    spec.wait = true;
    auto targets = Targets::make(spec);
    EXPECT_TRUE(targets) << targets.error().text();
    auto groups = rules::load(rules, "test.yml");
    EXPECT_TRUE(groups) << groups.error().text();
    WatchParts parts{std::move(*groups), std::move(textfile_)};
    session_ = std::make_unique<WatchSession>(
        options_,
        WatchSession::Parts{std::make_unique<FakeCollector>(host_), std::move(*targets), std::move(parts), {}}, host_,
        output_);
    return *session_;
  }
  // Ticks a second apart.
  void ticks(int count) {
    for (int i = 0; i < count; ++i) {
      const auto listening = session_->tick();
      ASSERT_TRUE(listening) << listening.error().text();
      host_.advance(1000);
    }
  }

  FakeHost host_;
  CapturedOutput output_;
  WatchOptions options_;
  std::optional<TextfileWriter> textfile_;
  std::unique_ptr<WatchSession> session_;
};

TEST_F(WatchSessionTest, ShowsTargetsAndTheirDescendantsAndNobodyElse) {
  host_.process(10, "web");
  host_.process(11, "shell");
  start();
  ticks(1);
  host_.process(12, "worker", 10);
  ticks(1);
  host_.end(12, 3);
  ticks(1);
  EXPECT_THAT(output_.lines, ElementsAre("sample 10 first", "sample 10 interval", "sample 12 first",
                                         "sample 10 interval", "exit 12 code 3"));
  EXPECT_EQ(session_->summary().processes_seen, 2U);
  EXPECT_EQ(session_->summary().exits_seen, 1U);
  EXPECT_EQ(session_->summary().ticks, 3U);
}

TEST_F(WatchSessionTest, FiresAfterItsTimeAndResolvesByReason) {
  host_.process(10, "web").metrics.set(Metric::kTHREADS, 500);
  start();
  ticks(2);
  EXPECT_EQ(output_.count("fired ManyThreads 10"), 0U) << "pending for 2 s";
  ticks(2);
  EXPECT_EQ(output_.count("fired ManyThreads 10"), 1U);
  EXPECT_EQ(output_.last_alert.value, 500);
  ASSERT_FALSE(output_.last_evidence.empty());
  EXPECT_EQ(output_.last_evidence.back().metrics.get(Metric::kTHREADS), 500);
  EXPECT_EQ(session_->summary().alerts_fired, 1U);
  host_.process(10, "web").metrics.set(Metric::kTHREADS, 5);
  ticks(1);
  EXPECT_EQ(output_.count("condition_ended ManyThreads 10"), 1U);
}

TEST_F(WatchSessionTest, ADeadProcessResolvesAsExited) {
  host_.process(10, "web").metrics.set(Metric::kTHREADS, 500);
  start();
  ticks(4);
  host_.end(10, 0);
  ticks(2);
  EXPECT_EQ(output_.count("exited ManyThreads 10"), 1U);
  EXPECT_EQ(output_.count("condition_ended ManyThreads 10"), 0U);
}

TEST_F(WatchSessionTest, ABlindTickHoldsAlertsAndTellsSo) {
  host_.process(10, "web").metrics.set(Metric::kTHREADS, 500);
  start();
  ticks(4);
  host_.fail_next_collect();
  ticks(1);
  EXPECT_EQ(output_.count("notice collect_failed"), 1U);
  EXPECT_EQ(output_.count("fired Blind"), 1U);
  EXPECT_EQ(output_.count("exited ManyThreads 10"), 0U);
  EXPECT_EQ(output_.count("condition_ended ManyThreads 10"), 0U);
  ticks(3);
  EXPECT_EQ(output_.count("fired ManyThreads 10"), 1U) << "not a second time";
}

TEST_F(WatchSessionTest, ARuleGoesOnWhenTheClockIsSetBack) {
  host_.process(10, "web").metrics.set(Metric::kTHREADS, 500);
  start();
  ticks(2);
  host_.set_clock_by(-3'600'000);
  ticks(2);
  EXPECT_EQ(output_.count("fired ManyThreads 10"), 1U);
  EXPECT_EQ(output_.last_alert.time, host_.now().wall - 2000) << "as the clock on the wall said";
}

TEST_F(WatchSessionTest, LostEventsReachTheRules) {
  host_.process(10, "web");
  start();
  ticks(2);
  host_.lose("ledger_full", 3);
  ticks(1);
  EXPECT_EQ(output_.count("fired Blind"), 1U);
}

TEST_F(WatchSessionTest, ASummaryOfABlindEndHasTheLosses) {
  host_.process(10, "web");
  start();
  ticks(2);
  host_.lose("ledger_full", 3);
  ticks(1);
  host_.fail_next_collect();
  ticks(1);
  const auto losses = session_->summary().losses;
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].total, 3U);
}

TEST_F(WatchSessionTest, ATargetThatIsNotThereIsDown) {
  start();
  ticks(1);
  EXPECT_EQ(output_.count("fired Down"), 1U);
  EXPECT_EQ(output_.last_status.waiting, 1U);
  host_.process(10, "web");
  ticks(1);
  EXPECT_EQ(output_.count("condition_ended Down"), 1U);
  EXPECT_EQ(output_.last_status.targets, 1U);
}

TEST_F(WatchSessionTest, EndsOfShortLivedProcessesReachTheGroupRules) {
  host_.process(10, "web");
  start();
  ticks(2);
  host_.process(20, "web");
  host_.end(20, 0, 11);
  ticks(1);
  EXPECT_EQ(output_.count("exit 20 code 0"), 1U);
  EXPECT_EQ(output_.count("fired Crashes"), 1U);
}

TEST_F(WatchSessionTest, TellsEventsOfTargetsOnly) {
  const ProcessKey web = host_.process(10, "web").key;
  const ProcessKey shell = host_.process(11, "shell").key;
  start();
  host_.tell({LifecycleEvent::Kind::kExec, web, "web"});
  host_.tell({LifecycleEvent::Kind::kExec, shell, "ls"});
  host_.tell({LifecycleEvent::Kind::kOomKill, {10, 0}, ""});
  ticks(1);
  EXPECT_THAT(output_.lines, ElementsAre("exec 10 web", "oom_kill 10", "sample 10 first"));
}

TEST_F(WatchSessionTest, EvidenceIsAllThatWasMeasuredNotOnlyWhatRulesRead) {
  MetricValues& web = host_.process(10, "web").metrics;
  web.set(Metric::kTHREADS, 200);
  web.set(Metric::kRESIDENT, 5e6);
  start();
  ticks(4);
  ASSERT_EQ(output_.count("fired ManyThreads 10"), 1U);
  ASSERT_GT(output_.last_evidence.size(), 1U);
  EXPECT_EQ(output_.last_evidence.back().metrics.get(Metric::kRESIDENT), 5e6);
}

TEST_F(WatchSessionTest, TheStatusCountsWhatChildrenUsedThatHaveEnded) {
  host_.process(10, "web").metrics.set(Metric::kCPU, 100);
  start();
  ticks(1);
  EXPECT_EQ(output_.last_status.cpu_cores, std::nullopt);
  for (int i = 0; i < 3; ++i) {
    host_.process(20 + i, "child", 10).metrics.set(Metric::kCPU, 0.5);
    host_.end(20 + i, 0);
    ticks(1);
    ASSERT_TRUE(output_.last_status.cpu_cores);
    EXPECT_DOUBLE_EQ(*output_.last_status.cpu_cores, 0.5);
  }
}

TEST_F(WatchSessionTest, TheCollectorIsToldWhomToWatch) {
  host_.process(10, "web");
  host_.process(11, "shell");
  start();
  ticks(1);
  ASSERT_EQ(host_.watched().size(), 1U);
  EXPECT_EQ(host_.watched()[0].key.pid, 10);
}

TEST_F(WatchSessionTest, RulesThatCannotWorkAreNamedAtTheStart) {
  host_.capabilities.remove(Metric::kTHREADS, "a test says so");
  host_.process(10, "web");
  start();
  ticks(1);
  EXPECT_EQ(output_.count("notice rule_limited"), 1U);
}

TEST_F(WatchSessionTest, AReaderThatIsGoneEndsTheWatch) {
  host_.process(10, "web");
  start();
  output_.reader = Output::Reader::kGone;
  const auto listening = session_->tick();
  ASSERT_TRUE(listening);
  EXPECT_FALSE(*listening);
}

TEST_F(WatchSessionTest, ABrokenFileLeavesTheOldRulesInForce) {
  const test::TempFolder folder;
  const std::string path = folder.write("reload.yml", "groups: [");
  options_.rule_files = {path};
  options_.default_rules = false;
  host_.process(10, "web").metrics.set(Metric::kTHREADS, 500);
  start();
  ticks(1);
  session_->reload();
  ticks(3);
  EXPECT_EQ(output_.count("notice reload_failed"), 1U);
  EXPECT_EQ(output_.count("fired ManyThreads 10"), 1U);
  std::ofstream(path) << "groups: []\n";
  session_->reload();
  ticks(1);
  EXPECT_EQ(output_.count("notice reloaded"), 1U);
  EXPECT_EQ(output_.count("rule_removed ManyThreads 10"), 1U);
}

TEST_F(WatchSessionTest, TheTextfileHoldsTargetsGroupsAndSelf) {
  const test::TempFolder folder;
  const std::string path = folder.file("pmon.prom");
  auto writer = TextfileWriter::open(path);
  ASSERT_TRUE(writer) << writer.error().text();
  textfile_ = std::move(*writer);
  host_.process(10, "web").metrics.set(Metric::kCPU, 12.5);
  host_.process(11, "shell").metrics.set(Metric::kCPU, 99);
  start();
  ticks(1);
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(text.find("pmon_process_cpu_seconds_total{comm=\"web\",pid=\"10\"} 12.5\n"), std::string::npos) << text;
  EXPECT_NE(text.find("pmon_group_cpu_seconds_total{group=\"web\"} 12.5\n"), std::string::npos);
  EXPECT_NE(text.find("pmon_process_up{target=\"name web\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("pmon_self_cpu_seconds_total "), std::string::npos);
  EXPECT_NE(text.find("pmon_rule_evaluation_seconds{rule=\"ManyThreads\",rule_group=\"test\"} "), std::string::npos);
  EXPECT_EQ(text.find("shell"), std::string::npos);
}

}  // namespace
}  // namespace pmon::monitor
