// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "ground_truth.h"

namespace pmon {
namespace {

// What the kernel has counted for each living thread.
double schedstat_seconds_of_threads(pid_t pid) {
  unsigned long long sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    unsigned long long ns = 0;
    std::ifstream(task.path() / "schedstat") >> ns;
    sum += ns;
  }
  return static_cast<double>(sum) * 1e-9;
}

TEST(Threads, TenThousandAndSevenCreations) {
  Host host;
  Child child([](const Child::Step& step) {
    for (int i = 0; i < 10'007; ++i) std::thread([] {}).join();
    step();
  });
  child.await_step();
  host.tick();
  const MetricValues& seen = host.alive(child.pid()).metrics;
  EXPECT_EQ(seen.at(Metric::kTHREADS_CREATED), 10'008);  // with the main thread
  // A joined thread has yet to be switched away from for the last time.
  EXPECT_GE(seen.at(Metric::kTHREADS_EXITED), 10'006);
  EXPECT_LE(seen.at(Metric::kTHREADS), 2);
  child.go();
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->metrics.at(Metric::kTHREADS_CREATED), 10'008);
  EXPECT_EQ(ended->metrics.at(Metric::kTHREADS_EXITED), 10'008);
}

TEST(Threads, TenThousandAtOnceAreExact) {
  const int count = emulated() ? 2'000 : 10'000;
  Host host;
  Child child([count](const Child::Step& step) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    const auto work = [](void*) -> void* {
      burn(0.00005);
      pause();
      return nullptr;
    };
    for (int i = 0; i < count; ++i) {
      pthread_t thread{};
      if (pthread_create(&thread, &small, work, nullptr) != 0) _exit(1);
    }
    step();
    _exit(9);
  });
  child.await_step();
  const auto difference = [&] {
    host.tick();
    return host.alive(child.pid()).metrics.at(Metric::kCPU) - schedstat_seconds_of_threads(child.pid());
  };
  for (int i = 0; i < 100 && std::abs(difference()) > 1e-6; ++i) usleep(50'000);  // until all of them sleep
  const MetricValues& seen = host.alive(child.pid()).metrics;
  EXPECT_EQ(seen.at(Metric::kTHREADS), count + 1);
  EXPECT_EQ(status_value(child.pid(), "Threads"), count + 1);
  EXPECT_EQ(seen.at(Metric::kTHREADS_CREATED), count + 1);
  EXPECT_GT(seen.at(Metric::kCPU), 0.00005 * count);
  EXPECT_NEAR(seen.at(Metric::kCPU), schedstat_seconds_of_threads(child.pid()), 1e-6) << "all of them sleep";
  child.go();
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit->code, 9);
  EXPECT_EQ(ended->metrics.at(Metric::kTHREADS_CREATED), count + 1);
  EXPECT_EQ(ended->metrics.at(Metric::kTHREADS_EXITED), count + 1);
  // getrusage leaves out the way from a thread's last accounting to its last switch.
  const double cpu = cpu_seconds(child.usage());
  EXPECT_GE(ended->metrics.at(Metric::kCPU), cpu - cpu_tolerance(cpu));
  EXPECT_LE(ended->metrics.at(Metric::kCPU), cpu + cpu_tolerance(cpu) + count * (emulated() ? 0.001 : 0.00005));
  expect_no_loss(host);
}

TEST(Threads, LiveOnesAreThoseOfProc) {
  Host host;
  Child child([](const Child::Step& step) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 97; ++i) threads.emplace_back([] { pause(); });
    step();
    _exit(0);
  });
  child.await_step();
  host.tick();
  EXPECT_EQ(host.alive(child.pid()).metrics.at(Metric::kTHREADS), 98);
  EXPECT_EQ(status_value(child.pid(), "Threads"), 98);
  child.go();
}

TEST(Threads, ThoseOfAProcessThatWasThereBefore) {
  Child child([](const Child::Step& step) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 53; ++i) threads.emplace_back([] { pause(); });
    step();
    for (int i = 0; i < 7; ++i) threads.emplace_back([] { pause(); });
    step();
    _exit(3);
  });
  child.await_step();
  Host host;
  EXPECT_EQ(host.alive(child.pid()).metrics.at(Metric::kTHREADS), 54);
  child.go();
  child.await_step();
  host.tick();
  EXPECT_EQ(host.alive(child.pid()).metrics.at(Metric::kTHREADS), 61);
  child.go();
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit->code, 3);
}

}  // namespace
}  // namespace pmon
