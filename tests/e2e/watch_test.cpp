// SPDX-License-Identifier: Apache-2.0
// What every collector owes: the life of a watch, from its start to its summary.
#include <gtest/gtest.h>

#include <csignal>

#include "e2e/pmon.h"
#include "support/temp_folder.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

class Watch : public testing::TestWithParam<const char*> {
 protected:
  // JSON output, ten looks a second.
  static Words watch(const Words& words) {
    Words all{"watch", "--output", "json", "--interval", "100ms", "--collector", GetParam()};
    all.insert(all.end(), words.begin(), words.end());
    return pmon(all);
  }
};

INSTANTIATE_TEST_SUITE_P(By, Watch, testing::Values("ebpf", "procfs"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Watch, EndsWithItsCommand) {
  const Outcome outcome = run(watch({"--", "sh", "-c", "sleep 0.3"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_LT(wall_seconds(outcome.out), 5);
}

TEST_P(Watch, EndsWithItsTarget) {
  SteppedWorkload target("burn", {"1", "1", "any"});
  target.wait_for("ready");
  Child watching(watch({"--samples", "--pid", std::to_string(target.pid())}));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  target.end();
  EXPECT_EQ(watching.wait(), 0);
  EXPECT_EQ(only_line(watching.out(), "summary")["processes_seen"], 1);
}

TEST_P(Watch, EndsAfterItsDuration) {
  const Outcome outcome = run(watch({"--duration", "700ms", "--", "sleep", "60"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_GE(wall_seconds(outcome.out), 0.6);
  EXPECT_LT(wall_seconds(outcome.out), 20) << "what it watches lives for a minute";
}

// The last tick does not wait for the interval.
TEST_P(Watch, EndsAfterADurationShorterThanItsInterval) {
  const Outcome outcome = run(pmon({"watch", "--output", "json", "--collector", GetParam(), "--interval", "1m",
                                    "--duration", "500ms", "--", "sleep", "60"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST_P(Watch, FinishesInGoodOrderOnSigintAndSigterm) {
  for (const int signal : {SIGINT, SIGTERM}) {
    SteppedWorkload target("burn", {"1", "1", "any"});
    target.wait_for("ready");
    Child watching(watch({"--samples", "--pid", std::to_string(target.pid())}));
    ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
    watching.signal(signal);
    EXPECT_EQ(watching.wait(), 0);
    EXPECT_GE(only_line(watching.out(), "summary")["ticks"].get<int>(), 1);
  }
}

TEST_P(Watch, EndsQuietlyWhenNobodyReads) {
  SteppedWorkload target("burn", {"1", "1", "any"});
  target.wait_for("ready");
  ChildOptions options;
  options.discard_output = true;
  const Outcome outcome =
      run(watch({"--samples", "--pid", std::to_string(target.pid())}), Milliseconds(10'000), options);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
}

TEST_P(Watch, FollowsDescendantsOrLeavesThemOut) {
  for (const bool children : {true, false}) {
    Words words{"--samples", "--duration", "600ms"};
    if (!children) words.emplace_back("--no-children");
    for (const char* const word : {"--", "sh", "-c", "sleep 60 & wait"}) words.emplace_back(word);
    const Outcome outcome = run(watch(words));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(only_line(outcome.out, "summary")["processes_seen"], children ? 2 : 1) << outcome.out;
  }
}

TEST_P(Watch, WaitsForATargetThatComesLater) {
  const TempFolder folder;
  // A name of its own: other tests may run the same program meanwhile.
  const std::string program = folder.file("late_comer");
  std::filesystem::copy_file(workload("burn"), program);
  Child watching(watch({"--samples", "--wait", "--name", "^late_comer$", "--duration", "20s"}));
  EXPECT_FALSE(watching.wait_for_out("\"type\":\"sample\"", Milliseconds(500)));
  Child target({program, "2000", "1", "any"});
  EXPECT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  EXPECT_NE(watching.out().find("\"comm\":\"late_comer\""), std::string::npos);
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), 0);
}

TEST_P(Watch, SamplesCountTheCpuOfABusyProcess) {
  SteppedWorkload target("burn", {"500", "1", "any"});
  target.wait_for("ready");
  Child watching(watch({"--samples", "--pid", std::to_string(target.pid())}));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  target.go_on();
  const double truth = target.wait_for("done")["cpu_s"].get<double>();
  // Two whole ticks after the end of the work.
  ASSERT_TRUE(watching.wait_for_out("\"interval_s\""));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\"") && watching.wait_for_out("\"type\":\"sample\""));
  watching.signal(SIGINT);
  ASSERT_EQ(watching.wait(), 0);
  const auto samples = lines_of_type(watching.out(), "sample");
  const double seen = samples.back()["metrics"]["cpu_seconds_total"].get<double>();
  EXPECT_NEAR(seen, truth, 0.03);  // /proc counts in hundredths of a second, user and system each
}

TEST_P(Watch, FiresARuleOfTheUsersAndTellsItWithStatus10) {
  const TempFolder folder;
  const std::string rules =
      folder.write("rules.yml",
                   "groups:\n"
                   "  - name: mine\n"
                   "    rules:\n"
                   "      - alert: ManyThreads\n"
                   "        expr: pmon_process_threads > 5\n"
                   "        labels: {severity: warning}\n"
                   "        annotations: {summary: '{{ $value }} threads in {{ $labels.comm }}'}\n");
  Child watching(
      watch({"--fail-on-alert", "--no-default-rules", "--rules", rules, "--", workload("storm"), "9", "1500"}));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"alert\""));
  EXPECT_EQ(watching.wait(), 10) << watching.err();
  std::string lines;
  std::istringstream mixed(watching.out());
  for (std::string line; std::getline(mixed, line);) {
    if (line.starts_with("{\"type\"")) lines += line + "\n";  // the workload prints to the same place
  }
  EXPECT_EQ(times_fired(lines, "ManyThreads"), 1U);
  const auto alerts = lines_of_type(lines, "alert");
  EXPECT_EQ(alerts.front()["annotations"]["summary"], "10 threads in workload_storm");
  EXPECT_EQ(alerts.front()["value"], 10);
  EXPECT_EQ(alerts.back()["state"], "resolved");
}

TEST_P(Watch, KeepsTheOldRulesWhenAReloadFails) {
  const TempFolder folder;
  const std::string good =
      "groups:\n  - name: a\n    rules:\n      - alert: There\n        expr: pmon_process_threads > 0\n";
  const std::string rules = folder.write("rules.yml", good);
  SteppedWorkload target("burn", {"1", "1", "any"});
  target.wait_for("ready");
  Child watching(watch({"--no-default-rules", "--rules", rules, "--pid", std::to_string(target.pid())}));
  ASSERT_TRUE(watching.wait_for_out("\"alert\":\"There\""));
  folder.write("rules.yml", "groups: {}}\n");
  watching.signal(SIGHUP);
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"notice\""));
  EXPECT_EQ(lines_of_type(watching.out().substr(0, watching.out().rfind('\n') + 1), "alert").size(), 1U);
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), 0);
}

}  // namespace
}  // namespace pmon::test
