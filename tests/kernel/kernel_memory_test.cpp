// SPDX-License-Identifier: Apache-2.0
// The kernel charges what it keeps for the programs to the cgroup of whoever loaded them: at its limit threads of the
// whole host get no storage. Linux 6.1 lets what cannot wait go beyond the limit.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "collect/ebpf_collector.h"
#include "collect/kernel_facts.h"
#include "ground_truth.h"
#include "support/memory_cgroup.h"

namespace pmon {
namespace {

constexpr int kThreads = 3'000;

void start_threads(int count) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 << 10);
  const auto rest = [](void*) -> void* { return pause(), nullptr; };
  for (int i = 0; i < count; ++i) {
    pthread_t thread{};
    if (pthread_create(&thread, &small, rest, nullptr) != 0) _exit(1);
  }
}

// Many threads at once, which live until the end.
std::unique_ptr<Child> crowd() {
  return std::make_unique<Child>([](const Child::Step& step) {
    step();
    start_threads(kThreads);
    step();
    step();
  });
}

bool leader_has_ended() {
  std::ifstream stat("/proc/self/stat");
  return std::string(std::istreambuf_iterator<char>(stat), {}).find(") Z ") != std::string::npos;
}

// The same, where the first thread ends before there are others but one.
std::unique_ptr<Child> crowd_without_leader() {
  return std::make_unique<Child>([](const Child::Step& step) {
    static std::atomic<bool> told = false;
    std::thread([step] {
      step();
      told = true;
      told.notify_all();
      while (!leader_has_ended()) usleep(1'000);
      start_threads(kThreads - 1);
      step();
      step();
      _exit(0);
    }).detach();
    told.wait(false);
    syscall(SYS_exit, 0);
  });
}

// The same; one thread more, by then the last to be made, runs another program and so becomes the leader.
std::unique_ptr<Child> crowd_whose_last_execs() {
  return std::make_unique<Child>([](const Child::Step& step) {
    step();
    start_threads(kThreads);
    std::thread([&step] {
      step();
      execlp("sleep", "sleep", "60", nullptr);
      _exit(1);
    }).join();
  });
}

std::string name_of(pid_t pid) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
  return name;
}

// Ticks until a sweep has found what had no storage: whether that was told.
bool heals(Host& host) {
  for (int i = 0; i < 8 && !has_notice(host, "storage_failed_healed"); ++i) {
    usleep(1'100'000);  // what the sweep itself cannot have is left to the next one
    host.tick();
  }
  return has_notice(host, "storage_failed_healed");
}

// Has the threads made while the monitor, which takes a step before and after that, is at its limit.
void make_at_limit(const test::MemoryCgroup& cgroup, Child& threads, Child& monitor) {
  ASSERT_TRUE(cgroup.set_limit(cgroup.used_bytes() + (64 << 10)));
  threads.go();
  threads.await_step();
  monitor.go();
  monitor.await_step();
  ASSERT_TRUE(cgroup.set_limit(512 << 20));
  monitor.go();
}

bool is_harmful_here() {
  utsname kernel{};
  return uname(&kernel) == 0 && charges_under_sleeping_locks(kernel.release, kernel.version);
}

class KernelMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (is_harmful_here()) GTEST_SKIP() << "pmon does not load here: KernelMemoryLimit";
    ASSERT_TRUE(cgroup.made()) << "no memory cgroup can be made here";
  }

  const test::MemoryCgroup cgroup{512 << 20};
};

// On such a kernel, which is one of those of scripts/vm-test, a limit would be reached under locks that sleep.
TEST(KernelMemoryLimit, IsRefusedWhereReachingItDoesHarm) {
  const test::MemoryCgroup cgroup(512 << 20);
  ASSERT_TRUE(cgroup.made()) << "no memory cgroup can be made here";
  EXPECT_TRUE(EbpfCollector::open()) << "without a limit it is harmless";
  Child monitor([&](const Child::Step&) {
    cgroup.enter();
    const auto limited = EbpfCollector::open();
    if (limited) _exit(is_harmful_here() ? 2 : 0);
    _exit(is_harmful_here() && limited.error().message.find("real-time kernel") != std::string::npos ? 0 : 3);
  });
  EXPECT_EQ(monitor.wait(), 0) << "256 times 2: loaded, 3: refused for another reason or kernel";
}

TEST_F(KernelMemory, ThreadsWithoutStorageAreCountedToldAndFoundAgain) {
  const auto threads = crowd();
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
    if (lost && !heals(host)) _exit(3);
    if (host.alive(threads->pid()).metrics.at(Metric::kTHREADS) != kThreads + 1) _exit(4);
    _exit(0);
  });
  monitor.await_step();
  ASSERT_NO_FATAL_FAILURE(make_at_limit(cgroup, *threads, monitor));
  EXPECT_EQ(monitor.wait(), 0)
      << "256 times 2: nothing was told, 3: not healed, 4: threads are missing, 5: none was lost";
}

TEST_F(KernelMemory, AProcessWhoseLeaderHasEndedKeepsItsSlot) {
  const auto threads = crowd_without_leader();
  Child monitor([&](const Child::Step& step) {
    cgroup.enter();
    Host host;
    host.tick();
    step();  // the limit is set, the threads are made
    step();  // there is room again
    host.tick();
    const bool lost = host.lost("storage_failed") != 0;
    if (!lost && !emulated()) _exit(5);
    if (lost && !heals(host)) _exit(3);
    const auto& processes = host.tick().processes;
    const auto same = [&](const ProcessSample& sample) { return sample.key.pid == threads->pid(); };
    if (std::ranges::count_if(processes, same) != 1) _exit(2);
    if (host.alive(threads->pid()).metrics.at(Metric::kTHREADS) != kThreads) _exit(4);
    _exit(0);
  });
  monitor.await_step();
  threads->await_step();
  ASSERT_NO_FATAL_FAILURE(make_at_limit(cgroup, *threads, monitor));
  EXPECT_EQ(monitor.wait(), 0)
      << "256 times 2: not in one slot, 3: not healed, 4: threads are missing, 5: none was lost";
}

TEST_F(KernelMemory, AThreadWithoutStorageThatExecsKeepsTheSlotOfItsProcess) {
  const auto threads = crowd_whose_last_execs();
  Child monitor([&](const Child::Step& step) {
    cgroup.enter();
    Host host;
    host.tick();
    step();  // the limit is set, the threads are made
    step();  // there is room again
    step();  // one of them has run its program
    host.tick();
    if (host.lost("storage_failed") == 0) _exit(emulated() ? 0 : 5);
    heals(host);
    for (int i = 0; i < 3; ++i) {
      const auto& processes = host.tick().processes;
      const auto same = [&](const ProcessSample& sample) { return sample.key.pid == threads->pid(); };
      if (std::ranges::count_if(processes, same) != 1) _exit(2);
      usleep(1'100'000);  // a sweep between them
    }
    _exit(host.ended(threads->pid()) ? 3 : 0);
  });
  monitor.await_step();
  threads->await_step();
  ASSERT_NO_FATAL_FAILURE(make_at_limit(cgroup, *threads, monitor));
  monitor.await_step();
  threads->go();
  for (int i = 0; i < 10'000 && name_of(threads->pid()) != "sleep"; ++i) usleep(1'000);
  monitor.go();
  EXPECT_EQ(monitor.wait(), 0) << "256 times 2: not in one slot, 3: told as ended while it lives, 5: none was lost";
  kill(threads->pid(), SIGKILL);
}

constexpr int kSleepers = 20;

// Forks those that wait, and has them run another program when it is told to.
std::unique_ptr<Child> parent_of_sleepers() {
  return std::make_unique<Child>([](const Child::Step& step) {
    step();
    std::array<int, 2> start{};
    if (pipe(start.data()) != 0) _exit(1);
    std::vector<pid_t> pids;
    for (int i = 0; i < kSleepers; ++i) {
      pids.push_back(fork());
      if (pids.back() != 0) continue;
      char byte = 0;
      close(start[1]);
      (void)!read(start[0], &byte, 1);
      execlp("sleep", "sleep", "60", nullptr);
      _exit(1);
    }
    step();
    close(start[1]);
    for (const pid_t pid : pids) {
      for (int i = 0; i < 10'000 && name_of(pid) != "sleep"; ++i) usleep(1'000);
    }
    step();
    for (const pid_t pid : pids) kill(pid, SIGKILL);
  });
}

// As where the kernel starts a program itself, which kernels before 5.19 have as one of their own threads until then.
TEST_F(KernelMemory, WhatHadNoStorageIsAccountedFromItsExecOn) {
  const auto threads = crowd();
  threads->await_step();
  const auto parent = parent_of_sleepers();
  parent->await_step();
  Child monitor([&](const Child::Step& step) {
    cgroup.enter();
    Host host;
    host.tick();
    step();  // the limit is set, the threads are made, the sleepers forked, the limit gone, their program run
    host.tick();
    if (host.lost("storage_failed") == 0 && !emulated()) _exit(5);
    int born = 0;  // the others were left to the sweep: the kernel fills its caches only after it was asked in vain
    for (const ProcessSample& sample : host.tick().processes) {
      if (sample.parent_pid == parent->pid() && sample.comm == "sleep") born += host.births(sample.key);
    }
    _exit(born >= kSleepers / 2 || emulated() ? 0 : 4);
  });
  monitor.await_step();
  ASSERT_TRUE(cgroup.set_limit(cgroup.used_bytes() + (64 << 10)));
  threads->go();
  threads->await_step();
  parent->go();
  parent->await_step();
  ASSERT_TRUE(cgroup.set_limit(512 << 20));
  parent->go();
  parent->await_step();
  monitor.go();
  EXPECT_EQ(monitor.wait(), 0) << "256 times 4: their exec was no news, 5: nothing was lost";
  parent->go();
  parent->wait();
}

}  // namespace
}  // namespace pmon
