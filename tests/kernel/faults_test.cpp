// SPDX-License-Identifier: Apache-2.0
// Page faults by region: primes of pages touched in each, counted for watched processes only.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <new>

#include "collect/skeleton.h"
#include "host.h"
#include "pmon/abi.h"

namespace pmon {
namespace {

constexpr std::size_t kHeapPages = 503;
constexpr std::size_t kMmapPages = 1009;
constexpr std::size_t kStackPages = 251;

void touch(volatile char* area, std::size_t pages) {
  for (std::size_t i = 0; i < pages; ++i) area[i * 4096] = 1;
}

// Deeper by about one page a call.
[[gnu::noinline]] int grow_stack(std::size_t pages) {
  volatile char frame[4096 - 64];
  frame[0] = 1;
  return pages == 0 ? frame[0] : grow_stack(pages - 1) + frame[0];
}

void fault_everywhere(const Child::Step& step) {
  step();
  char* heap = static_cast<char*>(sbrk(kHeapPages * 4096));
  madvise(heap, kHeapPages * 4096, MADV_NOHUGEPAGE);
  touch(heap, kHeapPages);
  step();
  void* area = mmap(nullptr, kMmapPages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(area, kMmapPages * 4096, MADV_NOHUGEPAGE);
  touch(static_cast<char*>(area), kMmapPages);
  step();
  volatile int kept = grow_stack(kStackPages);
  (void)kept;
  step();
}

class Faults : public testing::Test {
 protected:
  void SetUp() override {
    const Capabilities& here = host_.collector().capabilities();
    if (!kFaultHook) GTEST_SKIP() << here.why_missing(Metric::kFAULTS_HEAP);
    ASSERT_TRUE(here.has(Metric::kFAULTS_HEAP)) << here.why_missing(Metric::kFAULTS_HEAP);
  }
  void watch(const Child& child) {
    const ProcessSample& process = host_.alive(child.pid());
    const WatchedProcess watched[] = {{process.key, process.slot}};
    host_.collector().watch(watched);
  }
  MetricValues next_step(Child& child) {
    child.go();
    child.await_step();
    usleep(20'000);
    host_.tick();
    return host_.alive(child.pid()).metrics;
  }
  // Leaves the CPUs as if each had been switched to its task by a switch that pmon was not told of, after one to pid 1.
  void miss_switches() {
    for (pmon_cpu& cpu : host_.collector().programs().skeleton().bss->cpus) {
      cpu.stack = 0;
      cpu.tgid = 1;
    }
  }
  Host host_;
};

TEST_F(Faults, ByRegionForAWatchedProcess) {
  Child child(fault_everywhere);
  child.await_step();
  host_.tick();
  watch(child);
  host_.tick();
  const MetricValues before = host_.alive(child.pid()).metrics;
  const MetricValues heap = next_step(child);
  const MetricValues mapped = next_step(child);
  const MetricValues stack = next_step(child);
  child.go();
  const auto grown = [](const MetricValues& to, const MetricValues& from, Metric metric) {
    return to.at(metric) - from.at(metric);
  };
  // Beside the pages touched, a step may copy a page or two after the fork, and the page tables' edge.
  EXPECT_GE(grown(heap, before, Metric::kFAULTS_HEAP), kHeapPages);
  EXPECT_LE(grown(heap, before, Metric::kFAULTS_HEAP), kHeapPages + 3);
  EXPECT_GE(grown(mapped, heap, Metric::kFAULTS_MMAP), kMmapPages);
  EXPECT_LE(grown(mapped, heap, Metric::kFAULTS_MMAP), kMmapPages + 8);
  EXPECT_GE(grown(stack, mapped, Metric::kFAULTS_STACK), kStackPages - 8);
  EXPECT_LE(grown(stack, mapped, Metric::kFAULTS_STACK), kStackPages + 16);
  // Together they are the kernel's own count, but for faults taken inside system calls.
  double regions = 0;
  for (const Metric metric :
       {Metric::kFAULTS_HEAP, Metric::kFAULTS_MMAP, Metric::kFAULTS_STACK, Metric::kFAULTS_FILE}) {
    regions += grown(stack, before, metric);
  }
  const double all = grown(stack, before, Metric::kMINOR_FAULTS) + grown(stack, before, Metric::kMAJOR_FAULTS);
  EXPECT_LE(regions, all + 1);
  EXPECT_GE(regions, all - 16);
}

TEST_F(Faults, OthersHaveNoRegionsAndChildrenOfWatchedOnesDo) {
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  Child parent([&](const Child::Step& step) {
    step();
    const pid_t grandchild = fork();
    if (grandchild == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody else ends it
      void* area = mmap(nullptr, kMmapPages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      madvise(area, kMmapPages * 4096, MADV_NOHUGEPAGE);
      touch(static_cast<char*>(area), kMmapPages);
      pause();
    }
    (void)!write(pipe_fds[1], &grandchild, sizeof grandchild);
    step();
  });
  parent.await_step();
  host_.tick();
  EXPECT_FALSE(host_.alive(parent.pid()).metrics.has(Metric::kFAULTS_HEAP));
  watch(parent);
  parent.go();
  parent.await_step();
  pid_t grandchild = 0;
  ASSERT_EQ(read(pipe_fds[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
  usleep(100'000);
  host_.tick();
  EXPECT_GE(host_.alive(grandchild).metrics.at(Metric::kFAULTS_MMAP), kMmapPages);
  parent.go();
  close(pipe_fds[0]);
  close(pipe_fds[1]);
}

// Some kernels keep switches of tasks of their own from tracing. (What asking who runs costs, CostTiming measures.)
TEST_F(Faults, AreCountedAfterASwitchThatWasMissed) {
  constexpr int kRounds = 20;
  void* shared = mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto* round = new (shared) std::atomic<int>(0);
  Child child([&](const Child::Step& step) {
    step();
    for (int i = 1; i <= kRounds; ++i) {
      void* area = mmap(nullptr, kMmapPages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (area == MAP_FAILED) _exit(1);
      madvise(area, kMmapPages * 4096, MADV_NOHUGEPAGE);
      *round = -i;
      while (*round != i) {  // running, so that no switch puts right what the test has changed
      }
      touch(static_cast<char*>(area), kMmapPages);
      munmap(area, kMmapPages * 4096);
    }
    step();
  });
  child.await_step();
  host_.tick();
  watch(child);
  child.go();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (int i = 1; i <= kRounds; ++i) {
    while (*round != -i) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the child does not go on";
      usleep(100);
    }
    miss_switches();
    *round = i;
  }
  child.await_step();
  host_.tick();
  EXPECT_GE(host_.alive(child.pid()).metrics.at(Metric::kFAULTS_MMAP), kRounds * kMmapPages);
  child.go();
  munmap(shared, sizeof *round);
}

}  // namespace
}  // namespace pmon
