// SPDX-License-Identifier: Apache-2.0
// The default rules over real offenders, as a user meets them: one process that misbehaves, one alert.
// ThreadSurge has its test in kernel_side_test.cpp; tests/rules/ has the cases of every rule.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "e2e/pmon.h"
#include "support/memory_cgroup.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

// The first notification of the alert; fails the test where it does not come in time.
nlohmann::json wait_for_alert(Child& watching, const std::string& alert, Milliseconds timeout) {
  if (!watching.wait_for_out("\"alert\":\"" + alert + "\"", timeout)) {
    ADD_FAILURE() << alert << " did not fire:\n" << watching.out() << watching.err();
    return {};
  }
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), 0);
  for (const nlohmann::json& line : lines_of_type(watching.out(), "alert")) {
    if (line["alert"] == alert) return line;
  }
  return {};
}

// Watches a shell command, whose own output is not mixed with pmon's.
// The command ends with pmon, which a test may kill: what burns or churns must not do so beside the tests to come.
Words watch_shell(const std::string& command) {
  return pmon(
      {"watch", "--output", "json", "--", "setpriv", "--pdeathsig", "KILL", "sh", "-c", "exec >/dev/null; " + command});
}

TEST(DefaultRules, CpuBurnAfterAMinuteAndNotBefore) {
  // Its own priority, so that it gets the core whatever else runs.
  Child watching(watch_shell("exec nice -n -20 " + workload("burn") + " 100000 1 any"));
  const nlohmann::json alert = wait_for_alert(watching, "CpuBurn", Milliseconds(75'000));
  ASSERT_FALSE(alert.is_null());
  EXPECT_NEAR(alert["value"].get<double>(), 1, 0.1);
  EXPECT_GE(wall_seconds(watching.out()), 58);
  EXPECT_FALSE(alert["evidence"]["history"].empty()) << alert;
}

TEST(DefaultRules, CrashLoopOfAProgramThatIsStartedAgainAndAgain) {
  Child watching(watch_shell("while :; do " + workload("die") + " signal 11; sleep 0.3; done"));
  const nlohmann::json alert = wait_for_alert(watching, "CrashLoop", Milliseconds(20'000));
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ(alert["labels"]["group"], "workload_die");
}

TEST(DefaultRules, OomKilledInAMemoryCgroup) {
  const MemoryCgroup cgroup(32 << 20);
  ASSERT_TRUE(cgroup.made()) << "no memory cgroup can be made here";
  Child watching(watch_shell("sh -c 'echo $$ >" + cgroup.procs_file() + "; exec " + workload("leak") +
                             " malloc 200000000 10'; sleep 5"));
  const nlohmann::json alert = wait_for_alert(watching, "OomKilled", Milliseconds(20'000));
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ(alert["labels"]["comm"], "workload_leak");
  EXPECT_FALSE(lines_of_type(watching.out(), "oom_kill").empty());
}

TEST(DefaultRules, HeapGrowthOfAHeapThatGrowsByLeaps) {
  // It doubles each three seconds, after ten quiet ones.
  Child watching(
      watch_shell("exec /usr/bin/python3 " PMON_SOURCE_DIR "/tests/scenarios/programs/memory.py explode 60"));
  const nlohmann::json alert = wait_for_alert(watching, "HeapGrowth", Milliseconds(40'000));
  ASSERT_FALSE(alert.is_null());
  EXPECT_GT(alert["value"].get<double>(), 10e6);
}

TEST(DefaultRules, HeapLeakWithinTwoMinutesOfTheStart) {
  Child watching(watch_shell("exec " + workload("leak") + " malloc 4000000 200"));
  const nlohmann::json alert = wait_for_alert(watching, "HeapLeak", Milliseconds(120'000));
  ASSERT_FALSE(alert.is_null());
  EXPECT_NEAR(alert["value"].get<double>(), 4e6, 1e6);
}

TEST(DefaultRules, OomRiskNearTheLimit) {
  const MemoryCgroup cgroup(64 << 20);
  ASSERT_TRUE(cgroup.made()) << "no memory cgroup can be made here";
  Child watching(watch_shell("{ echo; sleep 30; } | sh -c 'echo $$ >" + cgroup.procs_file() + "; exec " +
                             workload("leak") + " --step malloc 32000000 2'"));
  const nlohmann::json alert = wait_for_alert(watching, "OomRisk", Milliseconds(20'000));
  ASSERT_FALSE(alert.is_null());
  EXPECT_NEAR(alert["value"].get<double>(), 0.96, 0.03);
}

TEST(DefaultRules, FaultStormOfAWorkingSetThatDoesNotFit) {
  Child watching(watch_shell("exec " + workload("thrash") + " " + workload("thrash") + ".data 100000000 40"));
  const nlohmann::json alert = wait_for_alert(watching, "FaultStorm", Milliseconds(40'000));
  ASSERT_FALSE(alert.is_null());
  EXPECT_GT(alert["value"].get<double>(), 1000);
}

TEST(DefaultRules, ThreadChurnOfAThreadPerTask) {
  Child watching(watch_shell("exec " + workload("churn") + " 1000000 1 1000"));
  const nlohmann::json alert = wait_for_alert(watching, "ThreadChurn", Milliseconds(45'000));
  ASSERT_FALSE(alert.is_null());
  EXPECT_GT(alert["value"].get<double>(), 500);
}

TEST(DefaultRules, TargetDownAndBackAgain) {
  Child watching(pmon({"watch", "--output", "json", "--wait", "--name", "^workload_burn$"}));
  ASSERT_TRUE(watching.wait_for_out("\"alert\":\"TargetDown\"", Milliseconds(15'000))) << watching.out();
  SteppedWorkload target("burn", {"1", "1", "any"});
  target.wait_for("ready");
  ASSERT_TRUE(watching.wait_for_out("\"state\":\"resolved\"")) << watching.out();
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), 0);
  EXPECT_EQ(times_fired(watching.out(), "TargetDown"), 1U);
}

}  // namespace
}  // namespace pmon::test
