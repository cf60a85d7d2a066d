// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "host.h"

namespace pmon {
namespace {

constexpr double kPage = 4096;
constexpr std::size_t kMiB = 1 << 20;

void* map_anonymous(std::size_t bytes) {
  return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// Each step of the child changes one thing; levels are stored when it blocks in step().
class Memory : public testing::Test {
 protected:
  const MetricValues& step_and_read(Child& child) {
    child.await_step();
    usleep(20'000);  // until the child has really blocked
    host_.tick();
    return host_.alive(child.pid()).metrics;
  }
  Host host_;
};

TEST_F(Memory, HeapGrowsByWhatBrkAndMmapAskFor) {
  Child child([](const Child::Step& step) {
    step();
    if (sbrk(101 * 4096) == reinterpret_cast<void*>(-1)) _exit(1);
    step();
    void* mapped = map_anonymous(257 * 4096);
    step();
    munmap(mapped, 257 * 4096);
    step();
  });
  const MetricValues before = step_and_read(child);
  child.go();
  const MetricValues after_brk = step_and_read(child);
  child.go();
  const MetricValues after_mmap = step_and_read(child);
  child.go();
  const MetricValues after_unmap = step_and_read(child);
  child.go();
  EXPECT_EQ(after_brk.at(Metric::kHEAP) - before.at(Metric::kHEAP), 101 * kPage);
  EXPECT_EQ(after_brk.at(Metric::kBRK) - before.at(Metric::kBRK), 101 * kPage);
  EXPECT_EQ(after_mmap.at(Metric::kHEAP) - after_brk.at(Metric::kHEAP), 257 * kPage);
  EXPECT_EQ(after_mmap.at(Metric::kVIRTUAL) - after_brk.at(Metric::kVIRTUAL), 257 * kPage);
  EXPECT_EQ(after_unmap.at(Metric::kHEAP), after_brk.at(Metric::kHEAP));
}

// Sizes below, at and above that from which the kernel aligns mappings for huge pages.
TEST_F(Memory, MappedBytesAreThoseAskedFor) {
  const std::vector<std::size_t> sizes = {4096, 13 * 4096, 100'000, 2 * kMiB, 4 * kMiB, 4 * kMiB + 4096, 33 * kMiB};
  Child child([&](const Child::Step& step) {
    step();
    for (const std::size_t size : sizes) {
      if (map_anonymous(size) == MAP_FAILED) _exit(1);
      step();
    }
  });
  double last = step_and_read(child).at(Metric::kMAPPED);
  for (const std::size_t size : sizes) {
    child.go();
    const double now = step_and_read(child).at(Metric::kMAPPED);
    const std::size_t pages = (size + 4095) / 4096;
    EXPECT_EQ(now - last, static_cast<double>(pages) * kPage) << size;
    last = now;
  }
  child.go();
}

TEST_F(Memory, AnonymousBytesAreWithinOneBatchOfProc) {
  Child child([](const Child::Step& step) {
    step();
    char* area = static_cast<char*>(map_anonymous(48 * kMiB));
    for (std::size_t at = 0; at < 48 * kMiB; at += 4096) area[at] = 1;
    step();
  });
  const double before = step_and_read(child).at(Metric::kANON);
  child.go();
  const double after = step_and_read(child).at(Metric::kANON);
  const double truth = status_value(child.pid(), "RssAnon");
  // Each CPU may hold back up to a batch of pages: max(32, 2 × CPUs), see percpu_counter_batch.
  const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  const double tolerance = static_cast<double>(std::max(32L, 2 * cpus) * cpus) * kPage;
  EXPECT_NEAR(after, truth, tolerance);
  EXPECT_NEAR(after - before, 48.0 * kMiB, 2 * tolerance);
  child.go();
}

TEST_F(Memory, AllLevelsAreWithinOneBatchOfProc) {
  Child child([](const Child::Step& step) {
    auto* shared =
        static_cast<char*>(mmap(nullptr, 8 * kMiB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (std::size_t at = 0; at < 8 * kMiB; at += 4096) shared[at] = 1;
    step();
  });
  const MetricValues seen = step_and_read(child);
  const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  const double tolerance = static_cast<double>(std::max(32L, 2 * cpus) * cpus) * kPage;
  EXPECT_NEAR(seen.at(Metric::kFILE), status_value(child.pid(), "RssFile"), tolerance);
  EXPECT_NEAR(seen.at(Metric::kSHMEM), status_value(child.pid(), "RssShmem"), tolerance);
  EXPECT_GE(seen.at(Metric::kSHMEM), 8.0 * kMiB - tolerance);
  EXPECT_NEAR(seen.at(Metric::kSWAP), status_value(child.pid(), "VmSwap"), tolerance);
  EXPECT_EQ(seen.at(Metric::kVIRTUAL), status_value(child.pid(), "VmSize"));
  EXPECT_EQ(seen.at(Metric::kHEAP), status_value(child.pid(), "VmData"));
  child.go();
}

}  // namespace
}  // namespace pmon
