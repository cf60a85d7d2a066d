// SPDX-License-Identifier: Apache-2.0
// A frozen process lives: what it has stays as it is, and goes on from there when it is thawed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <utility>
#include <vector>

#include "ground_truth.h"
#include "support/freezer_cgroup.h"

namespace pmon {
namespace {

TEST(Freezer, LevelsAreHeldAndTotalsGoOn) {
  const test::FreezerCgroup cgroup;
  ASSERT_TRUE(cgroup.made()) << "no cgroup can be made here";
  Host host;
  Child child([](const Child::Step& step) {
    std::vector<char> memory(32 << 20, 1);
    step();
    for (;;) burn(0.01);
  });
  child.await_step();
  ASSERT_TRUE(cgroup.add(child.pid()));
  child.go();
  usleep(100'000);
  ASSERT_TRUE(cgroup.freeze());
  double before = -1;
  ASSERT_TRUE(host.until([&] {  // it is called frozen shortly before its last switch
    const double last = std::exchange(before, host.alive(child.pid()).metrics.at(Metric::kCPU));
    return last == before;
  }));
  const ProcessSample frozen = host.alive(child.pid());
  EXPECT_GT(frozen.metrics.at(Metric::kANON), 32e6);
  for (int i = 0; i < 3; ++i) {
    usleep(200'000);
    host.tick();
    const ProcessSample& now = host.alive(child.pid());
    EXPECT_EQ(now.key, frozen.key);
    for (const Metric metric : {Metric::kCPU, Metric::kANON, Metric::kHEAP, Metric::kTHREADS, Metric::kMINOR_FAULTS}) {
      EXPECT_EQ(now.metrics.at(metric), frozen.metrics.at(metric)) << i;
    }
  }
  ASSERT_TRUE(cgroup.thaw());
  usleep(200'000);
  host.tick();
  EXPECT_GT(host.alive(child.pid()).metrics.at(Metric::kCPU), frozen.metrics.at(Metric::kCPU) + 0.01);
  ASSERT_TRUE(cgroup.freeze());
  kill(child.pid(), SIGKILL);  // reaches a frozen process
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit->signal, SIGKILL);
  EXPECT_NEAR(ended->metrics.at(Metric::kCPU), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
  expect_no_loss(host);
}

}  // namespace
}  // namespace pmon
