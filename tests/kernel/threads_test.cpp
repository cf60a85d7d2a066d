// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include <algorithm>
#include <vector>

#include "host.h"

namespace pmon {
namespace {

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
