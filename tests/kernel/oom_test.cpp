// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "host.h"
#include "support/memory_cgroup.h"

namespace pmon {
namespace {

constexpr std::size_t kLimit = 32 << 20;

TEST(Oom, AKillInAMemoryCgroupIsToldAndTheLimitIsKnown) {
  const test::MemoryCgroup cgroup(kLimit);
  ASSERT_TRUE(cgroup.made()) << "no memory cgroup can be made here";
  Host host;
  Child child([&](const Child::Step& step) {
    cgroup.enter();
    execl("/proc/self/exe", "kernel_tests", "--eat-memory", nullptr);
    step();
  });
  double limit = 0;
  for (int i = 0; i < 200 && limit == 0; ++i) {
    usleep(5'000);
    host.tick();
    if (const ProcessSample* process = host.living(child.pid()); process != nullptr && process->exec_count > 0) {
      limit = process->metrics.get(Metric::kMEMORY_LIMIT).value_or(0);
    }
    if (!host.exits().empty() && host.exits().back().key.pid == child.pid()) break;
  }
  const int status = child.wait();
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit->signal, SIGKILL);
  EXPECT_EQ(ended->metrics.get(Metric::kOOM_KILLS), 1);
  EXPECT_EQ(limit, kLimit);
  EXPECT_TRUE(std::ranges::any_of(host.events(), [&](const LifecycleEvent& event) {
    return event.kind == LifecycleEvent::Kind::kOomKill && event.key.pid == child.pid();
  }));
}

TEST(Oom, AnotherSigkillIsNone) {
  Host host;
  Child child([](const Child::Step&) { pause(); });
  kill(child.pid(), SIGKILL);
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_FALSE(ended->metrics.has(Metric::kOOM_KILLS));
}

}  // namespace
}  // namespace pmon
