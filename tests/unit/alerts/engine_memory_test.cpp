// SPDX-License-Identifier: Apache-2.0
#include "alerts/engine_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::alerts {
namespace {

using testing::Bench;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kA1;
using testing::kP1;
using testing::rules_of;

// Two runs over the same rules; the second starts `down` seconds after the end of the first.
class Restart : public ::testing::Test {
 protected:
  Bench& first(const std::vector<std::string>& rules) {
    rules_ = rules;
    return before_.emplace(rules_of(rules), options());
  }
  Bench& second(double down = 0) { return second_with(rules_, down); }
  Bench& second_with(const std::vector<std::string>& rules, double down = 0) {
    Bench& bench = after_.emplace(rules_of(rules), options());
    bench.now = before_->now + static_cast<Timestamp>(down * 1000);
    bench.engine.restore(before_->engine.memory(), bench.now);
    return bench;
  }
  EngineOptions options() {
    EngineOptions options;
    options.process_of = [this](const Labels& labels) -> std::optional<std::uint64_t> {
      if (!labels.has("pid")) return 0;
      return process_;
    };
    return options;
  }

  std::optional<std::uint64_t> process_ = 100;
  std::vector<std::string> rules_;
  std::optional<Bench> before_;
  std::optional<Bench> after_;
};

TEST_F(Restart, AFiringAlertGoesOnSinceItBegan) {
  Bench& before = first({"{alert: A, expr: x > 1, for: 2s}"});
  before.set("x", kP1, 5);
  for (int i = 0; i < 4; ++i) before.tick();
  const Timestamp since = before.engine.firing().at(0)->active_since;
  Bench& after = second(100);
  EXPECT_THAT(after.firing(), ElementsAre(kA1)) << "before the first evaluation, too";
  after.set("x", kP1, 6);
  EXPECT_THAT(after.tick().resolved, IsEmpty());
  ASSERT_THAT(after.firing(), ElementsAre(kA1));
  EXPECT_EQ(after.engine.firing()[0]->active_since, since);
  EXPECT_EQ(after.engine.firing()[0]->value, 6);
}

TEST_F(Restart, ThresholdsThatNoLongerHoldResolveAtTheFirstEvaluation) {
  Bench& before = first({"{alert: A, expr: x > 1}"});
  before.set("x", kP1, 5);
  before.tick();
  Bench& after = second(5);
  after.set("x", kP1, 0);
  EXPECT_EQ(after.tick().resolved.at(0).reason, "condition_ended");
}

TEST_F(Restart, TheForOfAPendingAlertGoesOnWithoutTheTimeThatWasLost) {
  Bench& before = first({"{alert: A, expr: x > 1, for: 10s}"});
  before.set("x", kP1, 5);
  for (int i = 0; i <= 6; ++i) before.tick();  // 6 s of 10 have passed
  Bench& after = second(1000);
  after.set("x", kP1, 5);
  for (int i = 0; i < 3; ++i) after.tick();
  EXPECT_THAT(after.pending(), ElementsAre(kA1));
  after.tick();
  EXPECT_THAT(after.firing(), ElementsAre(kA1));
}

TEST_F(Restart, AfterMoreThanAnHourPendingStartsOverAndFiringDoesNot) {
  Bench& before = first({"{alert: A, expr: x > 1, for: 10s}", "{alert: B, expr: x > 1}"});
  before.set("x", kP1, 5);
  for (int i = 0; i < 5; ++i) before.tick();
  EXPECT_EQ(second(3600).pending().size(), 1U);
  Bench& after = second(3601);
  EXPECT_THAT(after.pending(), IsEmpty());
  EXPECT_EQ(after.firing().size(), 1U);
}

TEST_F(Restart, AProcessThatEndedMeanwhileResolvesAsExited) {
  Bench& before = first({"{alert: A, expr: 'rate(x[1m]) > 1'}"});
  before.set("x", kP1, 0);
  before.tick();
  before.set("x", kP1, 100);
  before.tick();
  ASSERT_THAT(before.firing(), ElementsAre(kA1));
  process_.reset();
  EXPECT_EQ(second(5).tick().resolved.at(0).reason, "exited");
  process_ = 200;  // another process has its pid now
  EXPECT_EQ(second(5).tick().resolved.at(0).reason, "exited");
}

TEST_F(Restart, AProcessOfAnEarlierBootHasEnded) {
  Bench& before = first({"{alert: A, expr: x > 1}"});
  before.set("x", kP1, 5);
  before.tick();
  EngineMemory memory = before.engine.memory();
  memory.rules.at(0).alerts.at(0).process = kEndedProcess;
  Bench after(rules_of({"{alert: A, expr: x > 1}"}), options());
  after.engine.restore(memory, after.now);
  after.set("x", kP1, 5);
  EXPECT_EQ(after.tick().resolved.at(0).reason, "exited");
  EXPECT_EQ(after.firing().size(), 1U) << "the new process's own alert";
}

// A minute's rate sees nothing right after the start.
TEST_F(Restart, WhatIsNotSeenYetIsNoEnd) {
  Bench& before = first({"{alert: A, expr: 'rate(x[10s]) > 1'}"});
  double x = 0;
  const auto run = [&x](Bench& bench, int ticks, double step) {
    std::size_t resolved = 0;
    for (int i = 0; i < ticks; ++i) {
      bench.set("x", kP1, x += step);
      resolved += bench.tick().resolved.size();
    }
    return resolved;
  };
  run(before, 12, 5);
  ASSERT_EQ(before.firing().size(), 1U);
  EXPECT_EQ(run(second(3), 30, 5), 0U) << "it still holds";
  EXPECT_EQ(after_->firing().size(), 1U);

  Bench& calm = second(3);
  EXPECT_EQ(run(calm, 10, 0), 0U);
  EXPECT_EQ(run(calm, 1, 0), 1U) << "the whole range is seen now";
}

TEST_F(Restart, ATimeThatCannotBeJudgedDoesNotCountForPending) {
  Bench& before = first({"{alert: A, expr: 'rate(x[10s]) > 1', for: 8s}"});
  double x = 0;
  for (int i = 0; i < 7; ++i) {  // from the second sample on there is a rate: 5 s of 8 have passed
    before.set("x", kP1, x += 50);
    before.tick();
  }
  Bench& after = second(60);
  int ticks = 0;
  while (after.firing().empty() && ticks < 20) {
    after.set("x", kP1, x += 50);
    after.tick();
    ++ticks;
  }
  EXPECT_EQ(ticks, 4) << "one tick without a rate, then the rest of the 8 s";
}

TEST_F(Restart, WhatOtherRulesRecordIsWaitedForToo) {
  Bench& before = first({"{record: r, expr: 'rate(x[10s])'}", "{alert: A, expr: r > 1}"});
  before.set("x", kP1, 0);
  before.tick();
  before.set("x", kP1, 100);
  before.tick();
  ASSERT_EQ(before.firing().size(), 1U);
  Bench& after = second();
  after.set("x", kP1, 100);
  std::size_t resolved = 0;
  for (int i = 0; i < 10; ++i) resolved += after.tick().resolved.size();
  EXPECT_EQ(resolved, 0U);
  EXPECT_EQ(after.tick().resolved.size(), 1U);
}

TEST_F(Restart, KnowsARuleWhoseSpacesAndLabelsMoved) {
  Bench& before = first({"{alert: A, expr: x > 1, labels: {a: b, c: d}}"});
  before.set("x", kP1, 5);
  before.tick();
  Bench& after = second_with({"{alert: A, expr: 'x>1', labels: {c: d, a: b}}"});
  after.set("x", kP1, 5);
  EXPECT_THAT(after.tick().resolved, IsEmpty());
}

TEST_F(Restart, KeepFiringForGoesOn) {
  Bench& before = first({"{alert: A, expr: x > 1, keep_firing_for: 5s}"});
  before.set("x", kP1, 5);
  before.tick();
  before.set("x", kP1, 0);
  for (int i = 0; i < 3; ++i) before.tick();  // 2 s of 5 have passed
  Bench& after = second(60);
  after.set("x", kP1, 0);
  EXPECT_EQ(after.tick().resolved.size() + after.tick().resolved.size(), 0U);
  EXPECT_EQ(after.tick().resolved.size(), 1U);
}

TEST_F(Restart, ARuleThatChangedMeanwhileResolvesAsRemovedWithItsWords) {
  Bench& before =
      first({"{alert: A, expr: x > 1, annotations: {s: 'at {{ $value }}'}}", "{alert: B, expr: x > 1, for: 1h}"});
  before.set("x", kP1, 5);
  before.tick();
  Bench& after = second_with({"{alert: A, expr: x > 2, annotations: {s: new}}"});
  after.set("x", kP1, 5);
  const Evaluation evaluation = after.tick();
  ASSERT_EQ(evaluation.resolved.size(), 1U) << "what was pending ends without a word";
  EXPECT_EQ(evaluation.resolved[0].reason, "rule_removed");
  EXPECT_EQ(evaluation.resolved[0].alert.annotations(), (Labels{{"s", "at 5"}}));
  EXPECT_THAT(after.firing(), ElementsAre(kA1)) << "by the new rule";
  EXPECT_THAT(after.tick().resolved, IsEmpty());
}

TEST_F(Restart, ABlindStartHoldsWhatWasFiring) {
  Bench& before = first({"{alert: A, expr: pmon_process_threads > 1}"});
  before.set("pmon_process_threads", kP1, 5);
  before.tick();
  process_.reset();  // nobody has been seen yet
  Bench& after = second(5);
  EXPECT_THAT(after.tick(1, /*hold=*/true).resolved, IsEmpty());
  EXPECT_THAT(after.firing(), ElementsAre(kA1));
}

TEST_F(Restart, AReloadDuringTheWarmUpStillHolds) {
  Bench& before = first({"{alert: A, expr: 'rate(x[10s]) > 1'}"});
  before.set("x", kP1, 0);
  before.tick();
  before.set("x", kP1, 100);
  before.tick();
  Bench& after = second();
  after.set("x", kP1, 100);
  after.tick();
  after.engine.replace_rules(rules_of(rules_));
  EXPECT_THAT(after.tick().resolved, IsEmpty());
  EXPECT_EQ(after.firing().size(), 1U);
}

// A slow group records nothing at its first turn, when there is one sample, and has its next one much later.
constexpr const char* kSlow = R"(groups:
- name: slow
  interval: 5m
  rules: [{record: r, expr: 'rate(x[1m])'}]
- name: quick
  rules: [{alert: A, expr: r > 0.9}]
)";

// Alerts that end within so many seconds, in which x grows by `step` a second.
std::size_t resolved_in(Bench& bench, int seconds, double step) {
  static double x = 0;
  std::size_t resolved = 0;
  for (int i = 0; i < seconds; ++i) {
    bench.set("x", kP1, x += step);
    resolved += bench.tick().resolved.size();
  }
  return resolved;
}

TEST(SlowGroup, IsWaitedForAfterARestart) {
  Bench before(testing::groups_of(kSlow), {.tick_ms = 1000});
  EXPECT_EQ(resolved_in(before, 400, 5), 0U);
  ASSERT_EQ(before.firing().size(), 1U);
  const auto restarted = [&before](Bench& bench) -> Bench& {
    bench.now = before.now + 3000;
    bench.engine.restore(before.engine.memory(), bench.now);
    return bench;
  };
  Bench after(testing::groups_of(kSlow), {.tick_ms = 1000});
  EXPECT_EQ(resolved_in(restarted(after), 700, 5), 0U) << "it still holds";
  EXPECT_EQ(after.firing().size(), 1U);
  Bench calm(testing::groups_of(kSlow), {.tick_ms = 1000});
  EXPECT_EQ(resolved_in(restarted(calm), 370, 0), 1U) << "its second turn has told";
}

TEST(SlowGroup, IsWaitedForAfterAGap) {
  Bench bench(testing::groups_of(kSlow), {.tick_ms = 1000});
  EXPECT_EQ(resolved_in(bench, 598, 5), 0U);
  ASSERT_EQ(bench.firing().size(), 1U);
  bench.now += 400'000;  // asleep: what was recorded has aged out, and the turn comes at one sample
  EXPECT_EQ(resolved_in(bench, 700, 5), 0U);
  EXPECT_EQ(bench.firing().size(), 1U);
}

TEST(EngineMemory, ChangesAreCountedAndQuietTicksAreNot) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, for: 2s, keep_firing_for: 2s}"}));
  const auto changed = [&bench](double x) {
    const std::uint64_t before = bench.engine.changes();
    bench.set("x", kP1, x);
    bench.tick();
    return bench.engine.changes() != before;
  };
  std::vector<bool> changes;
  std::vector<bool> counting;
  for (const double x : {0, 5, 6, 7, 8, 0, 0, 0, 0}) {
    changes.push_back(changed(x));
    counting.push_back(bench.engine.counting());
  }
  EXPECT_THAT(changes, ElementsAre(false, true, false, true, false, true, false, true, false));
  EXPECT_THAT(counting, ElementsAre(false, true, true, false, false, true, true, false, false));
}

TEST(EngineMemory, IsTheSameAfterARestore) {
  const std::vector<std::string> rules = {"{alert: A, expr: x > 1, labels: {severity: bad}}",
                                          "{alert: B, expr: x > 1, for: 1m}"};
  Bench bench(rules_of(rules));
  bench.set("x", kP1, 5);
  bench.tick();
  const EngineMemory memory = bench.engine.memory();
  ASSERT_EQ(memory.rules.size(), 2U);
  RuleEngine other(rules_of(rules));
  other.restore(memory, bench.now);
  EXPECT_EQ(other.memory().rules, memory.rules);
}

}  // namespace
}  // namespace pmon::alerts
