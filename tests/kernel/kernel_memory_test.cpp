// SPDX-License-Identifier: Apache-2.0
// The kernel charges what it keeps for the programs to the cgroup of whoever loaded them: at its limit threads of the
// whole host get no storage. Linux 6.1 lets what cannot wait go beyond the limit.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground_truth.h"
#include "support/memory_cgroup.h"

namespace pmon {
namespace {

// Many threads at once, which live until the end.
std::unique_ptr<Child> crowd(int threads) {
  return std::make_unique<Child>([threads](const Child::Step& step) {
    step();
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    const auto rest = [](void*) -> void* { return pause(), nullptr; };
    for (int i = 0; i < threads; ++i) {
      pthread_t thread{};
      if (pthread_create(&thread, &small, rest, nullptr) != 0) _exit(1);
    }
    step();
    step();
  });
}

TEST(KernelMemory, ThreadsWithoutStorageAreCountedToldAndFoundAgain) {
  constexpr int kThreads = 3'000;
  const test::MemoryCgroup cgroup(512 << 20);
  ASSERT_TRUE(cgroup.made()) << "no memory cgroup can be made here";
  const auto threads = crowd(kThreads);
  threads->await_step();
  Child monitor([&](const Child::Step& step) {
    cgroup.enter();
    Host host;
    step();  // the limit is set, the threads are made
    step();  // there is room again
    host.tick();
    const bool lost = host.lost("storage_failed") != 0;
    if (lost != has_notice(host, "storage_failed")) _exit(2);
    if (!lost && !emulated()) _exit(5);
    for (int i = 0; lost && i < 8 && !has_notice(host, "storage_failed_healed"); ++i) {
      usleep(1'100'000);  // what the sweep itself cannot have is left to the next one
      host.tick();
    }
    if (lost && !has_notice(host, "storage_failed_healed")) _exit(3);
    if (host.alive(threads->pid()).metrics.at(Metric::kTHREADS) != kThreads + 1) _exit(4);
    _exit(0);
  });
  monitor.await_step();
  ASSERT_TRUE(cgroup.set_limit(cgroup.used_bytes() + (64 << 10)));
  threads->go();
  threads->await_step();
  monitor.go();
  monitor.await_step();
  ASSERT_TRUE(cgroup.set_limit(512 << 20));
  monitor.go();
  EXPECT_EQ(WEXITSTATUS(monitor.wait()), 0)
      << "status 2: nothing was told, 3: not healed, 4: threads are missing, 5: none was lost";
}

}  // namespace
}  // namespace pmon
