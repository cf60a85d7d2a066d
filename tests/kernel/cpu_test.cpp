// SPDX-License-Identifier: Apache-2.0
// CPU time against getrusage. Names with Timing compare durations and need an unloaded, real machine.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "host.h"

namespace pmon {
namespace {

double cpu(const ProcessSample& process) { return process.metrics.at(Metric::kCPU); }

void pin_to(int cpu_number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu_number, &set);
  ASSERT_EQ(sched_setaffinity(0, sizeof set, &set), 0);
}

// The kernel's sum_exec_runtime of a process's only thread, in seconds.
double schedstat_seconds(pid_t pid) {
  std::FILE* file = std::fopen(("/proc/" + std::to_string(pid) + "/schedstat").c_str(), "re");
  unsigned long long ns = 0;
  EXPECT_EQ(std::fscanf(file, "%llu", &ns), 1);
  std::fclose(file);
  return static_cast<double>(ns) * 1e-9;
}

TEST(CpuTiming, BusyThreadThatIsNeverSwitchedOutAdvancesEachSecond) {
  Host host;
  Child child([](const Child::Step& step) {
    pin_to(static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)) - 1);
    sched_param priority{.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &priority);  // nothing else gets this CPU
    step();
    burn(3.2);
  });
  child.await_step();
  host.tick();
  child.go();
  usleep(200'000);
  for (int second = 0; second < 3; ++second) {
    host.tick();
    const double before = cpu(host.alive(child.pid()));
    const double truth_before = schedstat_seconds(child.pid());
    usleep(900'000);
    host.tick();
    const double truth = schedstat_seconds(child.pid()) - truth_before;
    EXPECT_NEAR(cpu(host.alive(child.pid())) - before, truth, 0.01 * truth) << "second " << second;
  }
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_NEAR(cpu(*ended), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
}

TEST(Cpu, EightThreads) {
  Host host;
  Child child([](const Child::Step&) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([] { burn(0.1); });
    for (std::thread& thread : threads) thread.join();
  });
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_GT(cpu_seconds(child.usage()), 0.79);
  EXPECT_NEAR(cpu(*ended), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
}

TEST(Cpu, FourHundredChildrenOfTwentyMilliseconds) {
  Host host;
  rusage before{};
  getrusage(RUSAGE_CHILDREN, &before);
  std::vector<pid_t> pids;
  for (int i = 0; i < 400; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      burn(0.02);
      _exit(0);
    }
    pids.push_back(pid);
    if (i % 2 == 1) {
      waitpid(pids[pids.size() - 2], nullptr, 0);
      waitpid(pid, nullptr, 0);
    }
  }
  rusage after{};
  getrusage(RUSAGE_CHILDREN, &after);
  const double truth = cpu_seconds(after) - cpu_seconds(before);
  ASSERT_TRUE(host.ended(pids.back()));
  double seen = 0;
  int count = 0;
  for (const ProcessSample& process : host.exits()) {
    if (std::ranges::find(pids, process.key.pid) == pids.end()) continue;
    seen += cpu(process);
    ++count;
    EXPECT_TRUE(process.born);
  }
  EXPECT_EQ(count, 400);
  EXPECT_GT(truth, 7.9);
  EXPECT_NEAR(seen, truth, cpu_tolerance(truth));
}

TEST(Cpu, ProcessThatLivesFiveMilliseconds) {
  Host host;
  Child child([](const Child::Step&) { burn(0.005); });
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_NEAR(cpu(*ended), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
  ASSERT_TRUE(ended->exit->lifetime_seconds);
  EXPECT_GE(*ended->exit->lifetime_seconds, 0.005);
}

// A process that was there before pmon, with threads that have ended: its whole life counts.
TEST(Cpu, ProcessFoundByTheSweep) {
  Child child([](const Child::Step& step) {
    std::thread([] { burn(0.2); }).join();
    burn(0.1);
    step();
  });
  child.await_step();
  Host host;
  const double seen = cpu(host.alive(child.pid()));
  child.go();
  child.wait();
  EXPECT_GT(seen, 0.299);
  EXPECT_LE(seen, cpu_seconds(child.usage()) + 0.001);
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_NEAR(cpu(*ended), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
}

TEST(Cpu, SwitchesAndFaultsAreTheKernelsOwn) {
  Host host;
  Child child([](const Child::Step&) {
    for (int i = 0; i < 211; ++i) usleep(100);
    std::vector<char> touched(4096 * 1009, 1);
  });
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  const MetricValues& seen = ended->metrics;
  // The exit itself switches and may fault after the parent's rusage was taken.
  EXPECT_GE(seen.at(Metric::kSWITCHES_VOLUNTARY), static_cast<double>(child.usage().ru_nvcsw));
  EXPECT_LE(seen.at(Metric::kSWITCHES_VOLUNTARY), static_cast<double>(child.usage().ru_nvcsw) + 1);
  EXPECT_GE(seen.at(Metric::kSWITCHES_INVOLUNTARY), static_cast<double>(child.usage().ru_nivcsw));
  EXPECT_LE(seen.at(Metric::kSWITCHES_INVOLUNTARY), static_cast<double>(child.usage().ru_nivcsw) + 1);
  EXPECT_EQ(seen.at(Metric::kMINOR_FAULTS), static_cast<double>(child.usage().ru_minflt));
  EXPECT_EQ(seen.at(Metric::kMAJOR_FAULTS), static_cast<double>(child.usage().ru_majflt));
}

TEST(CpuTiming, RunDelayIsTheTimeWithoutACpu) {
  Host host;
  // Two busy processes on one CPU: each waits about as long as it runs.
  const auto body = [](const Child::Step&) {
    pin_to(0);
    burn(0.3);
  };
  Child one(body);
  Child two(body);
  one.wait();
  two.wait();
  const auto ended = host.ended(one.pid());
  ASSERT_TRUE(ended);
  EXPECT_GT(ended->metrics.at(Metric::kRUN_DELAY), 0.15);
}

}  // namespace
}  // namespace pmon
