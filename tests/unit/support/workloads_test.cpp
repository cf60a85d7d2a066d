// SPDX-License-Identifier: Apache-2.0
// The ground truth must be true: what each workload says it did, against what the kernel says of it.
#include "support/workloads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

namespace pmon::test {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

TEST(Workloads, BurnUsesTheTimeItWasGiven) {
  SteppedWorkload burn("burn", {"30", "4", "any"});
  const nlohmann::json did = burn.work();
  EXPECT_GE(did["cpu_s"].get<double>(), 0.120);
  EXPECT_EQ(burn.end(), 0);
  const rusage& usage = burn.child().usage();
  EXPECT_NEAR(did["cpu_s"].get<double>(), seconds(usage.ru_utime) + seconds(usage.ru_stime), 0.01);
}

TEST(Workloads, StormHasItsThreadsAliveAtOnce) {
  SteppedWorkload storm("storm", {"37", "0"});
  storm.wait_for("ready");
  storm.go_on();
  EXPECT_EQ(storm.wait_for("peak")["threads"], 38);
  const Outcome listed = run({"ls", "/proc/" + std::to_string(storm.pid()) + "/task"});
  EXPECT_EQ(std::count(listed.out.begin(), listed.out.end(), '\n'), 38);
  storm.go_on();
  EXPECT_EQ(storm.wait_for("done")["threads_created"], 37);
}

TEST(Workloads, ForkAddsUpItsChildren) {
  SteppedWorkload fork("fork", {"7", "10", "0", "2", "0"});
  const nlohmann::json did = fork.work();
  EXPECT_GE(did["children_cpu_s"].get<double>(), 0.070);
  EXPECT_LT(did["children_cpu_s"].get<double>(), 0.140);
}

TEST(Workloads, TouchFaultsOncePerPage) {
  for (const char* const region : {"brk", "mmap"}) {
    SteppedWorkload touch("touch", {region, "307"});
    EXPECT_EQ(touch.work()["faults"], 307) << region;
  }
}

TEST(Workloads, DieInEveryWay) {
  EXPECT_EQ(run({workload("die"), "exit", "3"}).status, 3);
  EXPECT_EQ(run({workload("die"), "signal", std::to_string(SIGUSR1)}).status, 128 + SIGUSR1);
  EXPECT_EQ(run({workload("die"), "leader", "4"}).status, 4);
  EXPECT_EQ(run({workload("die"), "exec", "5"}).status, 5);
}

TEST(Workloads, RefuseWordsThatTheyDoNotKnow) {
  EXPECT_EQ(run({workload("burn"), "1", "x", "any"}).status, 2);
  EXPECT_EQ(run({workload("burn"), "1"}).status, 2);
  EXPECT_EQ(run({workload("die"), "somehow", "1"}).status, 2);
}

}  // namespace
}  // namespace pmon::test
