// SPDX-License-Identifier: Apache-2.0
#include "export/host_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../golden/golden.h"
#include "support.h"

namespace pmon {
namespace {

using exposition::Family;
using test::process;

std::string everything() {
  const ProcessSample nginx = process(42, "nginx",
                                      {{Metric::kCPU, 1.5},
                                       {Metric::kSWITCHES_VOLUNTARY, 7},
                                       {Metric::kSWITCHES_INVOLUNTARY, 2},
                                       {Metric::kTHREADS, 3},
                                       {Metric::kMEMORY_LIMIT, 1 << 30},
                                       {Metric::kFAULTS_HEAP, 11}});
  const ProcessSample hostile = process(43, "x\"} 1\n# \xff\x1b[2J", {{Metric::kCPU, 0}});
  SelectedProcesses selected;
  selected.own = {&nginx, &hostile};
  selected.other = nginx.metrics;
  std::vector<Family> families = process_families(
      selected, {{{{"pid", "42"}, {"comm", "nginx"}, {"target", "nginx"}}, true}, {{{"target", "redis"}}, false}});
  const auto append = [&families](std::vector<Family> more) {
    for (Family& family : more) families.push_back(std::move(family));
  };
  GroupRow group{"nginx", 1, 3, {{{0, 0}, 1}, {{0, 9}, 1}}, nginx.metrics};
  GroupRow bad_a{"\xfe", 1, 1, {{{1, 0}, 2}}, hostile.metrics};
  GroupRow bad_b{"\xff", 2, 2, {{{1, 0}, 3}}, hostile.metrics};
  append(group_families({group, bad_a, bad_b}));
  SelfMetrics self;
  self.version = "1.2.3";
  self.cpu_seconds = 0.25;
  self.ledger_slots = {{"active", 300}, {"dead", 0}, {"free", 16083}};
  self.rule_times = {{"cpu", "CpuBurn", 0.0005}, {"disk \"1\"", "Slow", 0.02}, {"cpu", "CpuBurn", 0.001}};
  self.losses = {{"ledger_full", 2, true}};
  self.features = {{"cpu", "full", ""}, {"fault_regions", "missing", "the kernel refused \"it\""}};
  append(self_families(self));
  return exposition::text(families);
}

TEST(HostMetrics, Exposition) { test::expect_golden("exposition.prom", everything()); }

TEST(HostMetrics, PromtoolIsSilent) {
  if (!test::have_promtool()) GTEST_SKIP() << "promtool is not installed (package prometheus)";
  EXPECT_EQ(test::promtool_complaints(everything()), "exit 0\n");
}

TEST(HostMetrics, GroupsThatLookTheSameAreOneSeries) {
  // Two names of invalid bytes; two samples of one label set would make readers refuse the whole file.
  const auto families = group_families({{"\xfe", 1, 1, {}, {}}, {"\xff", 2, 2, {}, {}}});
  for (const Family& family : families) {
    if (family.name != "pmon_group_processes") continue;
    ASSERT_EQ(family.samples.size(), 1U);
    EXPECT_EQ(family.samples[0].value, 3);
  }
}

TEST(HostMetrics, WhatIsNotKnownIsNotThere) {
  const ProcessSample bare = process(1, "bare");
  SelectedProcesses selected;
  selected.own = {&bare};
  EXPECT_EQ(exposition::text(process_families(selected, {})), "");
  EXPECT_THAT(exposition::text(self_families({})), testing::Not(testing::HasSubstr("pmon_self")));
}

}  // namespace
}  // namespace pmon
