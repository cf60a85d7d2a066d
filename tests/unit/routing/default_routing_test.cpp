// SPDX-License-Identifier: Apache-2.0
// The default configuration over the engine, as `pmon watch` has it.
#include "routing/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../alerts/support.h"
#include "support.h"

namespace pmon::routing {
namespace {

using alerts::testing::Bench;
using alerts::testing::rules_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> step(Bench& bench, Router& router, double seconds = 1) {
  const alerts::Evaluation evaluation = bench.tick(seconds);
  std::vector<std::string> out;
  for (const Notification& told : router.update(bench.engine.firing(), evaluation.resolved, {bench.now, bench.now})) {
    EXPECT_EQ(told.receiver, "stdout");
    for (const AlertNotice& notice : told.alerts) {
      EXPECT_EQ(notice.time, bench.now);
      out.push_back(std::string(notice.labels.get("alertname")) + " " + notice.reason +
                    (notice.state == AlertNotice::State::kFiring ? "" : " (resolved)"));
    }
  }
  return out;
}

Router repeating_every(Timestamp ms) {
  Config config = default_config();
  config.route.repeat_interval_ms = ms;
  return Router(std::move(config));
}

const Labels kP1{{"pid", "1"}};

TEST(DefaultRouting, FiresOnceRepeatsAndResolvesOnce) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}"}));
  Router router = repeating_every(3000);
  bench.set("x", kP1, 5);
  EXPECT_THAT(step(bench, router), ElementsAre("A fired"));
  EXPECT_THAT(step(bench, router), IsEmpty());
  EXPECT_THAT(step(bench, router), IsEmpty());
  EXPECT_THAT(step(bench, router), ElementsAre("A repeat"));
  EXPECT_EQ(router.told_count(), 1u);
  bench.set("x", kP1, 0);
  EXPECT_THAT(step(bench, router), ElementsAre("A condition_ended (resolved)"));
  EXPECT_THAT(step(bench, router), IsEmpty());
  EXPECT_EQ(router.told_count(), 0u);
}

TEST(DefaultRouting, ANoticeTellsAllOfTheAlert) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, for: 1s, annotations: {s: 'v={{ $value }}'}}"}));
  Router router;
  bench.set("x", kP1, 5);
  bench.tick();
  bench.tick();
  const auto told = router.update(bench.engine.firing(), {}, {bench.now, bench.now});
  ASSERT_EQ(told.size(), 1u);
  const std::vector<AlertNotice>& notices = told[0].alerts;
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].value, 5);
  EXPECT_EQ(notices[0].active_since, bench.now - 1000);
  EXPECT_EQ(notices[0].labels, (Labels{{"alertname", "A"}, {"pid", "1"}}));
  EXPECT_EQ(notices[0].annotations, (Labels{{"s", "v=5"}}));
}

TEST(DefaultRouting, AnInhibitedAlertIsNeitherFiredNorResolved) {
  Bench bench(rules_of({"{alert: OomRisk, expr: oom > 0}", "{alert: HeapLeak, expr: leak > 0}"}));
  Router router;
  bench.set("oom", kP1, 1);
  bench.set("leak", kP1, 1);
  EXPECT_THAT(step(bench, router), ElementsAre("OomRisk fired"));
  bench.set("leak", kP1, 0);
  EXPECT_THAT(step(bench, router), IsEmpty());
}

TEST(DefaultRouting, AnAlertFiresWhenItsInhibitionEnds) {
  Bench bench(rules_of({"{alert: OomRisk, expr: oom > 0}", "{alert: HeapLeak, expr: leak > 0}"}));
  Router router;
  bench.set("oom", kP1, 1);
  bench.set("leak", kP1, 1);
  step(bench, router);
  bench.set("oom", kP1, 0);
  EXPECT_THAT(step(bench, router), ElementsAre("OomRisk condition_ended (resolved)", "HeapLeak fired"));
}

TEST(DefaultRouting, AToldAlertThatIsInhibitedLaterIsNotRepeatedYetResolves) {
  Bench bench(rules_of({"{alert: OomRisk, expr: oom > 0}", "{alert: HeapLeak, expr: leak > 0}"}));
  Router router = repeating_every(2000);
  bench.set("leak", kP1, 1);
  EXPECT_THAT(step(bench, router), ElementsAre("HeapLeak fired"));
  bench.set("oom", kP1, 1);
  EXPECT_THAT(step(bench, router), ElementsAre("OomRisk fired"));
  EXPECT_THAT(step(bench, router), IsEmpty());
  bench.set("leak", kP1, 0);
  EXPECT_THAT(step(bench, router), ElementsAre("HeapLeak condition_ended (resolved)", "OomRisk repeat"));
}

TEST(DefaultRouting, TwoRulesWithTheSameLabelsAreOneAlert) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}", "{alert: A, expr: y > 1}"}));
  Router router;
  bench.set("x", kP1, 5);
  bench.set("y", kP1, 5);
  EXPECT_THAT(step(bench, router), ElementsAre("A fired"));
  bench.set("x", kP1, 0);
  EXPECT_THAT(step(bench, router), IsEmpty());
  bench.set("y", kP1, 0);
  EXPECT_THAT(step(bench, router), ElementsAre("A condition_ended (resolved)"));
}

TEST(DefaultRouting, AReusedPidResolvesAndFiresInOneTick) {
  std::uint64_t start = 1;
  Bench bench(rules_of({"{alert: A, expr: x > 1}"}),
              {.process_of = [&](const Labels&) { return std::optional(start); }});
  Router router;
  bench.set("x", kP1, 5);
  step(bench, router);
  start = 2;
  EXPECT_THAT(step(bench, router), ElementsAre("A exited (resolved)", "A fired"));
}

TEST(DefaultRouting, RemovedRulesResolve) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}", "{alert: B, expr: x > 1}"}));
  Router router;
  bench.set("x", kP1, 5);
  step(bench, router);
  bench.engine.replace_rules(rules_of({"{alert: B, expr: x > 1}"}));
  EXPECT_THAT(step(bench, router), ElementsAre("A rule_removed (resolved)"));
}

}  // namespace
}  // namespace pmon::routing
