// SPDX-License-Identifier: Apache-2.0
#include "alerts/rule_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::alerts {
namespace {

using testing::Bench;
using ::testing::ElementsAre;
using testing::groups_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kA1;
using testing::kP1;
using testing::rules_of;

const Labels kP2{{"pid", "2"}};

TEST(AlertStates, PendsForTheDurationThenFiresThenResolves) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, for: 2s}"}));
  bench.set("x", kP1, 5);
  bench.tick();
  EXPECT_THAT(bench.pending(), ElementsAre(kA1));
  bench.tick();
  EXPECT_THAT(bench.firing(), IsEmpty());
  bench.tick();
  EXPECT_THAT(bench.firing(), ElementsAre(kA1));
  EXPECT_EQ(bench.engine.firing()[0]->active_since, bench.now - 2000);
  bench.set("x", kP1, 1);
  const Evaluation last = bench.tick();
  ASSERT_EQ(last.resolved.size(), 1u);
  EXPECT_EQ(last.resolved[0].reason, "condition_ended");
  EXPECT_EQ(last.resolved[0].alert.value, 5);
  EXPECT_THAT(bench.firing(), IsEmpty());
}

TEST(AlertStates, ABreakStartsTheDurationAnew) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, for: 2s}"}));
  for (const double value : {5, 5, 0, 5, 5}) {
    bench.set("x", kP1, value);
    EXPECT_THAT(bench.tick().resolved, IsEmpty());
  }
  EXPECT_THAT(bench.firing(), IsEmpty());
  bench.tick();
  EXPECT_THAT(bench.firing(), ElementsAre(kA1));
}

TEST(AlertStates, KeepsFiringForTheDurationAfterTheEnd) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, keep_firing_for: 3s}"}));
  bench.set("x", kP1, 5);
  bench.tick();
  bench.set("x", kP1, 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(bench.tick().resolved, IsEmpty());
    EXPECT_THAT(bench.firing(), ElementsAre(kA1));
  }
  EXPECT_EQ(bench.tick().resolved.size(), 1u);
}

TEST(AlertStates, WhatIsKeptFiringCountsAgainstTheLimit) {
  Bench bench(rules_of({"{alert: A, expr: x > 0, keep_firing_for: 3s}"}, "  limit: 1\n"));
  bench.set("x", kP1, 1);
  bench.tick();
  bench.set("x", kP1, 0);
  bench.set("x", kP2, 1);
  const Evaluation beyond = bench.tick();
  ASSERT_EQ(beyond.troubles.size(), 1u);
  EXPECT_EQ(beyond.troubles[0].message, "exceeded limit of 1 with 2 alerts");
  EXPECT_THAT(bench.firing(), ElementsAre(kA1)) << "an error leaves every state as it was";
  EXPECT_FALSE(bench.engine.firing()[0]->keep_firing_since);
}

TEST(AlertStates, NeverMoreAreKeptFiringThanTheBound) {
  // Each tick has other label sets, all kept for an hour.
  Bench bench(rules_of({"{alert: A, expr: x > 0, keep_firing_for: 1h}"}));
  const auto labels = [](std::size_t tick, std::size_t i) {
    return Labels{{"i", std::to_string(tick * kMostAlerts + i)}};
  };
  for (std::size_t tick = 0; tick < 6; ++tick) {
    for (std::size_t i = 0; i < kMostAlerts / 4; ++i) {
      if (tick > 0) bench.end("x", labels(tick - 1, i));
      bench.set("x", labels(tick, i), 1);
    }
    bench.tick();
  }
  EXPECT_EQ(bench.engine.firing().size(), kMostAlerts);
}

TEST(AlertStates, ComingBackEndsKeepFiring) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, keep_firing_for: 3s}"}));
  std::size_t resolved = 0;
  for (const double value : {5, 0, 0, 5, 0, 0, 5, 0, 0}) {
    bench.set("x", kP1, value);
    resolved += bench.tick().resolved.size();
  }
  EXPECT_EQ(resolved, 0u);
}

TEST(AlertStates, LabelsComeFromSampleRuleAndTemplates) {
  Bench bench(rules_of({R"({alert: A, expr: x > 1, labels: {severity: bad, who: 'p{{ $labels.pid }}', comm: ''},)"
                        R"( annotations: {s: '{{ $labels.comm }} {{ $value }} {{ $externalLabels.host }}'}})"}),
              {.external_labels = {{"host", "h1"}}});
  bench.set("x", {{"pid", "1"}, {"comm", "app"}}, 5);
  bench.tick();
  EXPECT_THAT(bench.firing(), ElementsAre(R"({alertname="A", pid="1", severity="bad", who="p1"})"));
  EXPECT_EQ(bench.engine.firing()[0]->annotations(), (Labels{{"s", "app 5 h1"}}));
}

TEST(AlertStates, OneLabelSetForTwoSamplesIsAnErrorThatHoldsTheStates) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, labels: {pid: ''}}"}));
  bench.set("x", kP1, 5);
  bench.tick();
  bench.set("x", kP2, 5);
  const Evaluation bad = bench.tick();
  ASSERT_EQ(bad.troubles.size(), 1u);
  EXPECT_THAT(bad.troubles[0].message, HasSubstr("same labelset"));
  EXPECT_THAT(bad.resolved, IsEmpty());
  EXPECT_EQ(bench.firing().size(), 1u);
}

// A process table as a monitor has it.
struct Processes {
  std::map<std::string, std::uint64_t, std::less<>> starts;
  ProcessOf lookup() {
    return [this](const Labels& labels) -> std::optional<std::uint64_t> {
      if (!labels.has("pid")) return 0;
      const auto at = starts.find(labels.get("pid"));
      return at == starts.end() ? std::nullopt : std::optional(at->second);
    };
  }
};

TEST(Exits, ResolveAtOnceThoughARangeStillSeesTheProcess) {
  Processes processes{{{"1", 100}}};
  Bench bench(rules_of({"{alert: A, expr: 'max_over_time(x[1m]) > 1'}"}), {.process_of = processes.lookup()});
  bench.set("x", kP1, 5);
  bench.tick();
  EXPECT_THAT(bench.firing(), ElementsAre(kA1));
  bench.end("x", kP1);
  processes.starts.clear();
  const Evaluation after = bench.tick();
  ASSERT_EQ(after.resolved.size(), 1u);
  EXPECT_EQ(after.resolved[0].reason, "exited");
  EXPECT_THAT(bench.tick().resolved, IsEmpty());
  EXPECT_THAT(bench.firing(), IsEmpty());
}

// What is told of a dead process (OomKilled) must last until somebody has seen it.
TEST(Exits, AreOutlivedByKeepFiringFor) {
  Processes processes{{{"1", 100}}};
  Bench bench(rules_of({"{alert: A, expr: 'max_over_time(x[1m]) > 1', keep_firing_for: 3s}"}),
              {.process_of = processes.lookup()});
  bench.set("x", kP1, 5);
  bench.tick();
  bench.end("x", kP1);
  processes.starts.clear();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(bench.tick().resolved, IsEmpty());
    EXPECT_THAT(bench.firing(), ElementsAre(kA1));
  }
  const Evaluation after = bench.tick();
  ASSERT_EQ(after.resolved.size(), 1u);
  EXPECT_EQ(after.resolved[0].reason, "exited");
}

TEST(Exits, TheNextProcessWithThePidHasItsOwnAlert) {
  Processes processes{{{"1", 100}}};
  Bench bench(rules_of({"{alert: A, expr: 'x > 1', keep_firing_for: 1h}"}), {.process_of = processes.lookup()});
  bench.set("x", kP1, 5);
  bench.tick();
  processes.starts["1"] = 200;
  const Evaluation after = bench.tick();
  ASSERT_EQ(after.resolved.size(), 1u);
  EXPECT_EQ(after.resolved[0].reason, "exited");
  EXPECT_THAT(bench.firing(), ElementsAre(kA1));
}

TEST(Exits, AReusedPidIsAnotherAlert) {
  Processes processes{{{"1", 100}}};
  Bench bench(rules_of({"{alert: A, expr: x > 1, for: 1s}"}), {.process_of = processes.lookup()});
  bench.set("x", kP1, 5);
  bench.tick();
  bench.tick();
  processes.starts["1"] = 200;
  const Evaluation after = bench.tick();
  ASSERT_EQ(after.resolved.size(), 1u);
  EXPECT_EQ(after.resolved[0].reason, "exited");
  EXPECT_THAT(bench.pending(), ElementsAre(kA1));
  EXPECT_EQ(bench.engine.pending()[0]->active_since, bench.now);
}

TEST(Exits, DoNotTouchAlertsWithoutAProcess) {
  Processes processes;
  Bench bench(rules_of({"{alert: A, expr: sum(x) > 1}"}), {.process_of = processes.lookup()});
  bench.set("x", kP1, 5);
  bench.tick();
  EXPECT_EQ(bench.firing().size(), 1u);
  bench.set("x", kP1, 0);
  EXPECT_EQ(bench.tick().resolved.at(0).reason, "condition_ended");
}

TEST(Hold, KeepsStatesOfProcessesAndEvaluatesWhatPmonSaysOfItself) {
  Bench bench(rules_of({"{alert: A, expr: pmon_process_x > 1}", "{alert: B, expr: pmon_process_y > 1, for: 1s}",
                        "{alert: Blind, expr: pmon_collect_errors_total > 0}"}));
  bench.set("pmon_process_x", kP1, 5);
  bench.set("pmon_process_y", kP1, 5);
  bench.tick();
  bench.set("pmon_process_x", kP1, 0);
  bench.set("pmon_collect_errors_total", {}, 1);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(bench.tick(1, /*hold=*/true).resolved, IsEmpty());
  EXPECT_THAT(bench.firing(), ElementsAre(kA1, R"({alertname="Blind"})"));
  EXPECT_EQ(bench.pending().size(), 1u);
  EXPECT_EQ(bench.tick().resolved.size(), 1u);
}

TEST(Groups, AreEvaluatedAtTheirIntervalThoughTicksComeEarlyOrLate) {
  Bench bench(rules_of({"{record: r, expr: time()}"}, "  interval: 2s\n"));
  int recorded = 0;
  double last = 0;
  for (int i = 0; i < 100; ++i) {
    bench.tick(i % 2 == 0 ? 0.997 : 1.003);
    const double value = bench.series("r")["r"];
    recorded += value != last ? 1 : 0;
    last = value;
  }
  EXPECT_EQ(recorded, 50);
}

TEST(Groups, HaveTheirTurnAfterABlindTick) {
  Bench bench(groups_of(R"(groups:
- name: slow
  interval: 5m
  rules: [{record: r, expr: pmon_process_threads}]
- name: quick
  rules: [{alert: A, expr: r > 1}]
)"));
  bench.set("pmon_process_threads", kP1, 5);
  const auto minutes = [&bench](int count, bool blind = false) {
    std::size_t resolved = 0;
    for (int i = 0; i < count; ++i) resolved += bench.tick(60, blind).resolved.size();
    return resolved;
  };
  minutes(5);
  EXPECT_EQ(minutes(1, /*blind=*/true), 0u) << "when the group is due";
  EXPECT_EQ(minutes(20), 0u);
  EXPECT_THAT(bench.firing(), ElementsAre(kA1));
}

TEST(Groups, AreNeverEvaluatedTwiceAtOneTime) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}"}), {.now_ns = [] { return std::uint64_t{0}; }});
  bench.set("x", kP1, 5);
  bench.tick();
  bench.engine.evaluate(bench.store, bench.now);
  bench.engine.evaluate(bench.store, bench.now - 1);
  EXPECT_EQ(bench.engine.costs()[0].evaluations, 1u);
}

TEST(Recording, IsSeenByLaterRulesOfTheSameTickAndEndsWithItsResult) {
  Bench bench(rules_of({"{record: r, expr: x * 2, labels: {l: v}}", "{alert: A, expr: r > 5}"}));
  bench.set("x", kP1, 5);
  bench.tick();
  EXPECT_THAT(bench.firing(), ElementsAre(R"({alertname="A", l="v", pid="1"})"));
  EXPECT_EQ(bench.series("r"), (std::map<std::string, double>{{R"(r{l="v", pid="1"})", 10}}));
  bench.end("x", kP1);
  EXPECT_EQ(bench.tick().resolved.size(), 1u);
  EXPECT_TRUE(bench.series("r").empty());
  bench.set("x", kP1, 7);
  bench.tick();
  EXPECT_EQ(bench.series("r").size(), 1u);
}

TEST(Recording, TwoRulesMayRecordOneSeries) {
  Bench bench(rules_of({"{record: r, expr: x}", "{record: r, expr: y}"}));
  bench.set("x", kP1, 1);
  bench.set("y", kP1, 2);
  bench.tick();
  bench.end("x", kP1);
  bench.tick();
  bench.tick();
  EXPECT_EQ(bench.series("r"), (std::map<std::string, double>{{R"(r{pid="1"})", 2}}));
}

TEST(Recording, RefusesDuplicatesAndTooMany) {
  Bench bench(rules_of({"{record: r, expr: x, labels: {pid: same}}", "{record: s, expr: x}"}, "  limit: 1\n"));
  bench.set("x", kP1, 1);
  bench.set("x", kP2, 1);
  const Evaluation bad = bench.tick();
  ASSERT_EQ(bad.troubles.size(), 2u);
  EXPECT_THAT(bad.troubles[0].message, HasSubstr("exceeded limit of 1 with 2 series"));
  EXPECT_TRUE(bench.series("s").empty());
}

TEST(AlertSeries, AreWrittenWhenWanted) {
  const std::vector<std::string> rule = {"{alert: A, expr: x > 1, for: 1s}"};
  Bench with(rules_of(rule), {.write_alert_series = true});
  with.set("x", kP1, 5);
  with.tick();
  const auto state = [](const char* name) {
    return "ALERTS{alertname=\"A\", alertstate=\"" + std::string(name) + "\", pid=\"1\"}";
  };
  EXPECT_EQ(with.series("ALERTS"), (std::map<std::string, double>{{state("pending"), 1}}));
  EXPECT_EQ(with.series("ALERTS_FOR_STATE").begin()->second, 1001);
  with.tick();
  EXPECT_EQ(with.series("ALERTS"), (std::map<std::string, double>{{state("firing"), 1}}));
  Bench without(rules_of(rule));
  without.set("x", kP1, 5);
  without.tick();
  EXPECT_TRUE(without.series("ALERTS").empty());
}

TEST(Troubles, AreToldOncePerChange) {
  Bench bench(rules_of({"{alert: A, expr: 'x * on() group_left() y'}"}));
  bench.set("x", kP1, 1);
  bench.set("x", kP2, 1);
  bench.set("y", kP1, 1);
  EXPECT_THAT(bench.tick().troubles, IsEmpty());
  bench.set("y", kP2, 1);
  const Evaluation broken = bench.tick();
  ASSERT_EQ(broken.troubles.size(), 1u);
  EXPECT_THAT(broken.troubles[0].message, HasSubstr("many-to-many"));
  EXPECT_THAT(bench.tick().troubles, IsEmpty());
  bench.end("x", kP2);
  bench.end("y", kP2);
  const Evaluation healed = bench.tick();
  ASSERT_EQ(healed.troubles.size(), 1u);
  EXPECT_EQ(healed.troubles[0].rule, "A");
  EXPECT_EQ(healed.troubles[0].message, "");
}

TEST(Replace, KeepsTheStateOfUnchangedRulesAndResolvesTheRest) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, for: 2s, annotations: {s: old}}", "{alert: B, expr: x > 1}",
                        "{alert: C, expr: x > 1, for: 1h}"}));
  bench.set("x", kP1, 5);
  for (int i = 0; i < 3; ++i) bench.tick();
  const Timestamp since = bench.engine.firing()[0]->active_since;
  bench.engine.replace_rules(
      rules_of({"{alert: New, expr: x > 1}", "{alert: A, expr: x > 1, for: 2s, annotations: {s: new}}"}));
  const Evaluation after = bench.tick();
  ASSERT_EQ(after.resolved.size(), 1u);
  EXPECT_EQ(after.resolved[0].reason, "rule_removed");
  EXPECT_EQ(after.resolved[0].alert.labels.get("alertname"), "B");
  ASSERT_EQ(bench.engine.firing().size(), 2u);
  const ActiveAlert& kept = *bench.engine.firing()[1];
  EXPECT_EQ(kept.active_since, since);
  EXPECT_EQ(kept.annotations(), (Labels{{"s", "new"}}));
  EXPECT_THAT(bench.tick().resolved, IsEmpty());
}

TEST(Replace, TakesForTheSameRuleWhatMeansTheSame) {
  Bench bench(rules_of({R"({alert: A, expr: 'x{pid="1"} > 1', labels: {a: b, c: d}})"}));
  bench.set("x", kP1, 5);
  bench.tick();
  const Timestamp since = bench.engine.firing().at(0)->active_since;
  bench.engine.replace_rules(rules_of({"{labels: {c: d, a: b}, alert: A, expr: \"x{ pid='1' }  # of one\\n  >1\"}"}));
  EXPECT_THAT(bench.tick().resolved, IsEmpty());
  ASSERT_EQ(bench.engine.firing().size(), 1u);
  EXPECT_EQ(bench.engine.firing()[0]->active_since, since);
  bench.engine.replace_rules(rules_of({R"({alert: A, expr: 'x{pid="1"} > 2', labels: {a: b, c: d}})"}));
  EXPECT_EQ(bench.tick().resolved.at(0).reason, "rule_removed");
}

TEST(Replace, EndsTheSeriesOfRemovedRecordingRules) {
  Bench bench(rules_of({"{record: r, expr: x}", "{record: s, expr: x}"}));
  bench.set("x", kP1, 5);
  bench.tick();
  bench.engine.replace_rules(rules_of({"{record: s, expr: x}"}));
  bench.tick();
  EXPECT_TRUE(bench.series("r").empty());
  EXPECT_EQ(bench.series("s").size(), 1u);
}

TEST(Reach, IsTheLongestLookBackOfAnyRule) {
  EXPECT_EQ(RuleEngine(rules_of({"{alert: A, expr: 'rate(x[10m] offset 1m)'}", "{alert: B, expr: y}"})).reach(),
            (10 + 1 + 5) * 60000);
}

TEST(Costs, AreMeasuredByTheGivenClock) {
  std::uint64_t clock = 0;
  Bench bench(rules_of({"{alert: A, expr: x > 1}"}), {.now_ns = [&] { return clock += 7; }});
  bench.tick();
  bench.tick();
  const RuleCost cost = bench.engine.costs().at(0);
  EXPECT_EQ(cost.group, "g");
  EXPECT_EQ(cost.rule, "A");
  EXPECT_EQ(cost.evaluations, 2u);
  EXPECT_EQ(cost.last_ns, 7u);
  EXPECT_EQ(cost.total_ns, 14u);
}

}  // namespace
}  // namespace pmon::alerts
