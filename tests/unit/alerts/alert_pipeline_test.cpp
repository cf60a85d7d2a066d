// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::alerts {
namespace {

using testing::Bench;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::rules_of;

std::vector<std::string> step(Bench& bench, AlertPipeline& pipeline, double seconds = 1) {
  const Evaluation evaluation = bench.tick(seconds);
  std::vector<std::string> out;
  for (const AlertNotice& notice : pipeline.update(bench.engine.firing(), evaluation.resolved, bench.now)) {
    EXPECT_EQ(notice.time, bench.now);
    out.push_back(std::string(notice.labels.get("alertname")) + " " + notice.reason +
                  (notice.state == AlertNotice::State::kFiring ? "" : " (resolved)"));
  }
  return out;
}

const Labels kP1{{"pid", "1"}};

TEST(Pipeline, FiresOnceRepeatsAndResolvesOnce) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}"}));
  AlertPipeline pipeline({.repeat_interval_ms = 3000});
  bench.set("x", kP1, 5);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("A fired"));
  EXPECT_THAT(step(bench, pipeline), IsEmpty());
  EXPECT_THAT(step(bench, pipeline), IsEmpty());
  EXPECT_THAT(step(bench, pipeline), ElementsAre("A repeat"));
  EXPECT_EQ(pipeline.told_count(), 1u);
  bench.set("x", kP1, 0);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("A condition_ended (resolved)"));
  EXPECT_THAT(step(bench, pipeline), IsEmpty());
  EXPECT_EQ(pipeline.told_count(), 0u);
}

TEST(Pipeline, ANoticeTellsAllOfTheAlert) {
  Bench bench(rules_of({"{alert: A, expr: x > 1, for: 1s, annotations: {s: 'v={{ $value }}'}}"}));
  AlertPipeline pipeline;
  bench.set("x", kP1, 5);
  bench.tick();
  bench.tick();
  const auto notices = pipeline.update(bench.engine.firing(), {}, bench.now);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].value, 5);
  EXPECT_EQ(notices[0].active_since, bench.now - 1000);
  EXPECT_EQ(notices[0].labels, (Labels{{"alertname", "A"}, {"pid", "1"}}));
  EXPECT_EQ(notices[0].annotations, (Labels{{"s", "v=5"}}));
}

TEST(Pipeline, AnInhibitedAlertIsNeitherFiredNorResolved) {
  Bench bench(rules_of({"{alert: OomRisk, expr: oom > 0}", "{alert: HeapLeak, expr: leak > 0}"}));
  AlertPipeline pipeline;
  bench.set("oom", kP1, 1);
  bench.set("leak", kP1, 1);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("OomRisk fired"));
  bench.set("leak", kP1, 0);
  EXPECT_THAT(step(bench, pipeline), IsEmpty());
}

TEST(Pipeline, AnAlertFiresWhenItsInhibitionEnds) {
  Bench bench(rules_of({"{alert: OomRisk, expr: oom > 0}", "{alert: HeapLeak, expr: leak > 0}"}));
  AlertPipeline pipeline;
  bench.set("oom", kP1, 1);
  bench.set("leak", kP1, 1);
  step(bench, pipeline);
  bench.set("oom", kP1, 0);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("OomRisk condition_ended (resolved)", "HeapLeak fired"));
}

TEST(Pipeline, AToldAlertThatIsInhibitedLaterIsNotRepeatedYetResolves) {
  Bench bench(rules_of({"{alert: OomRisk, expr: oom > 0}", "{alert: HeapLeak, expr: leak > 0}"}));
  AlertPipeline pipeline({.repeat_interval_ms = 2000});
  bench.set("leak", kP1, 1);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("HeapLeak fired"));
  bench.set("oom", kP1, 1);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("OomRisk fired"));
  EXPECT_THAT(step(bench, pipeline), IsEmpty());
  bench.set("leak", kP1, 0);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("HeapLeak condition_ended (resolved)", "OomRisk repeat"));
}

TEST(Pipeline, TwoRulesWithTheSameLabelsAreOneAlert) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}", "{alert: A, expr: y > 1}"}));
  AlertPipeline pipeline;
  bench.set("x", kP1, 5);
  bench.set("y", kP1, 5);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("A fired"));
  bench.set("x", kP1, 0);
  EXPECT_THAT(step(bench, pipeline), IsEmpty());
  bench.set("y", kP1, 0);
  EXPECT_THAT(step(bench, pipeline), ElementsAre("A condition_ended (resolved)"));
}

TEST(Pipeline, AReusedPidResolvesAndFiresInOneTick) {
  std::uint64_t start = 1;
  Bench bench(rules_of({"{alert: A, expr: x > 1}"}),
              {.process_of = [&](const Labels&) { return std::optional(start); }});
  AlertPipeline pipeline;
  bench.set("x", kP1, 5);
  step(bench, pipeline);
  start = 2;
  EXPECT_THAT(step(bench, pipeline), ElementsAre("A exited (resolved)", "A fired"));
}

TEST(Pipeline, RemovedRulesResolve) {
  Bench bench(rules_of({"{alert: A, expr: x > 1}", "{alert: B, expr: x > 1}"}));
  AlertPipeline pipeline;
  bench.set("x", kP1, 5);
  step(bench, pipeline);
  bench.engine.replace_rules(rules_of({"{alert: B, expr: x > 1}"}));
  EXPECT_THAT(step(bench, pipeline), ElementsAre("A rule_removed (resolved)"));
}

}  // namespace
}  // namespace pmon::alerts
