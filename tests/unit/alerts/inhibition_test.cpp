// SPDX-License-Identifier: Apache-2.0
#include "alerts/inhibition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon::alerts {
namespace {

using ::testing::ElementsAre;

ActiveAlert alert(const char* name, const char* pid) {
  ActiveAlert made;
  made.labels = {{"alertname", name}, {"pid", pid}};
  return made;
}

std::vector<bool> run(std::span<const InhibitRule> rules, const std::vector<ActiveAlert>& alerts) {
  std::vector<const ActiveAlert*> pointers;
  for (const ActiveAlert& one : alerts) pointers.push_back(&one);
  return inhibited(rules, pointers);
}

TEST(Inhibition, OomRiskHidesTheLeakOfTheSameProcessOnly) {
  EXPECT_THAT(
      run(default_inhibit_rules(), {alert("OomRisk", "1"), alert("HeapLeak", "1"), alert("HeapGrowth", "1"),
                                    alert("SharedMemoryLeak", "1"), alert("HeapLeak", "2"), alert("CpuBurn", "1")}),
      ElementsAre(false, true, true, true, false, false));
}

TEST(Inhibition, AnAlertOnBothSidesIsHiddenByOneSidedOnesAlone) {
  const std::vector<InhibitRule> rules = {{{}, {LabelMatcher::equal("alertname", "B")}, {"pid"}}};
  EXPECT_THAT(run(rules, {alert("B", "1")}), ElementsAre(false));
  EXPECT_THAT(run(rules, {alert("B", "1"), alert("B", "1")}), ElementsAre(false, false));
  EXPECT_THAT(run(rules, {alert("B", "1"), alert("A", "1")}), ElementsAre(true, false));
}

}  // namespace
}  // namespace pmon::alerts
