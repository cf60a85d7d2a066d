// SPDX-License-Identifier: Apache-2.0
// An Alertmanager configuration in force: who is told, with whom, and again after a reload.
#include <gtest/gtest.h>

#include <csignal>

#include "e2e/pmon.h"
#include "support/temp_folder.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

constexpr const char* kRules =
    "groups:\n"
    "  - name: mine\n"
    "    rules:\n"
    "      - alert: There\n"
    "        expr: pmon_process_threads > 0\n"
    "        labels: {severity: page}\n"
    "      - alert: Alive\n"
    "        expr: pmon_process_cpu_seconds_total >= 0\n";

std::string alerting(const std::string& wait) {
  return "route:\n"
         "  receiver: everybody\n"
         "  group_by: [alertname]\n"
         "  group_wait: " +
         wait +
         "\n"
         "  group_interval: 1s\n"
         "  routes:\n"
         "    - matchers: [severity=\"page\"]\n"
         "      receiver: pager\n"
         "      group_wait: 0s\n"
         "receivers:\n"
         "  - name: everybody\n"
         "  - name: pager\n";
}

TEST(Alerting, RoutesGroupsAndWaitsAsTheFileSaysAndReadsItAgain) {
  const TempFolder folder;
  const std::string rules = folder.write("rules.yml", kRules);
  const std::string file = folder.write("alerting.yml", alerting("1h"));
  SteppedWorkload target("burn", {"1", "1", "any"});
  target.wait_for("ready");
  Child watching(pmon({"watch", "--output", "json", "--interval", "100ms", "--no-default-rules", "--rules", rules,
                       "--alerting", file, "--pid", std::to_string(target.pid())}));
  ASSERT_TRUE(watching.wait_for_out("\"alert\":\"There\""));
  EXPECT_FALSE(watching.wait_for_out("\"alert\":\"Alive\"", Milliseconds(1000))) << "it waits for an hour";
  folder.write("alerting.yml", alerting("0s"));
  watching.signal(SIGHUP);
  ASSERT_TRUE(watching.wait_for_out("\"code\":\"reloaded\""));
  ASSERT_TRUE(watching.wait_for_out("\"alert\":\"Alive\"")) << watching.out();
  folder.write("alerting.yml", "route: {receiver: nobody}\n");
  watching.signal(SIGHUP);
  ASSERT_TRUE(watching.wait_for_out("\"code\":\"reload_failed\""));
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), 0);
  for (const nlohmann::json& line : lines_of_type(watching.out(), "alert")) {
    EXPECT_EQ(line["receiver"], line["alert"] == "There" ? "pager" : "everybody") << line;
  }
}

TEST(Alerting, ABrokenFileIsRefusedBeforeTheStart) {
  const TempFolder folder;
  const std::string file = folder.write("alerting.yml", "route:\n  reciever: me\n");
  const Outcome outcome = run(pmon({"watch", "--alerting", file, "--", "true"}));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("alerting.yml:2:3"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("receiver"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace pmon::test
