// SPDX-License-Identifier: Apache-2.0
// A reader that is stopped: nobody reads the ledger while processes are born, run programs and end.
// PMON_UNREAD_SECONDS makes it longer.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "ground_truth.h"

namespace pmon {
namespace {

double unread_seconds() { return from_environment("PMON_UNREAD_SECONDS", 2); }

double cpu_of_ended_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return cpu_seconds(usage);
}

class Unread : public testing::Test {
 protected:
  static bool runs_sleep(pid_t pid) {
    std::string comm;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), comm);
    return comm == "sleep" || comm == "busybox";
  }

  // Processes of all kinds, unseen: known ones that end, new ones that end, new ones that run a program and live on.
  void live_unseen(Host& host) {
    for (int i = 0; i < kOld; ++i) {
      old_.push_back(std::make_unique<Child>([](const Child::Step& step) {
        step();
        burn(0.01);
        _exit(11);
      }));
      old_.back()->await_step();
    }
    host.tick();
    const double before = cpu_of_ended_children();
    for (const auto& child : old_) child->go();
    while (flashes_ < 600) flashes_ += storm(host, 400, unread_seconds(), 12, false);
    for (const auto& child : old_) child->wait();
    for (int i = 0; i < kNew; ++i) {
      new_.push_back(std::make_unique<Child>([](const Child::Step&) { execlp("sleep", "sleep", "100", nullptr); }));
    }
    cpu_ = cpu_of_ended_children() - before;
    for (const auto& child : new_) {
      while (!runs_sleep(child->pid())) usleep(1'000);
    }
  }

  [[nodiscard]] double seen_cpu(const Host& host) const {
    double sum = 0;
    for (const ProcessSample& process : host.exits()) {
      if (process.parent_pid == getpid()) sum += process.metrics.at(Metric::kCPU);
    }
    return sum;
  }

  static constexpr int kOld = 8;
  static constexpr int kNew = 12;
  std::vector<std::unique_ptr<Child>> old_;
  std::vector<std::unique_ptr<Child>> new_;
  int flashes_ = 0;
  double cpu_ = 0;
};

TEST_F(Unread, NothingOfItIsMissingAtTheNextLook) {
  Host host({.ledger_slots = 16384 + static_cast<std::uint32_t>(400 * unread_seconds())});
  live_unseen(host);
  host.tick();
  EXPECT_EQ(ends_with(host, 11), kOld);
  EXPECT_EQ(ends_with(host, 12), flashes_);
  EXPECT_NEAR(seen_cpu(host), cpu_,
              cpu_tolerance(cpu_) + (emulated() ? 200e-6 : 5e-6) * flashes_);  // and each one's end
  for (const auto& child : new_) {
    const ProcessSample& process = host.alive(child->pid());
    EXPECT_TRUE(process.comm == "sleep" || process.comm == "busybox") << process.comm;
    EXPECT_EQ(host.births(process.key), 1);
    EXPECT_EQ(std::ranges::count_if(host.events(),
                                    [&](const LifecycleEvent& event) {
                                      return event.kind == LifecycleEvent::Kind::kExec && event.key.pid == child->pid();
                                    }),
              1);
  }
  for (const char* cause : {"ledger_full", "storage_failed", "thread_unknown"})
    EXPECT_EQ(host.lost(cause), 0U) << cause;
  EXPECT_EQ(host.lost("ring_full_exec") + host.lost("ring_full_exit") > 0,
            has_notice(host, "ring_full_exec") || has_notice(host, "ring_full_exit"));
  EXPECT_TRUE(only_living_slots(host));
  expect_as_a_fresh_sweep(host);
}

// Too many for the ledger: what had no place is counted one by one, told, and what lives on is found again.
TEST_F(Unread, WhatDoesNotFitIsCountedToTheLastProcess) {
  Host count_first;
  const auto living = static_cast<std::uint32_t>(count_first.tick().processes.size());
  Host host({.ledger_slots = living + 400});
  live_unseen(host);
  host.tick();
  const int seen = ends_with(host, 12);
  EXPECT_LT(seen, flashes_);
  EXPECT_GE(seen + static_cast<int>(host.lost("ledger_full")), flashes_ + kNew);
  EXPECT_LE(seen + static_cast<int>(host.lost("ledger_full")), flashes_ + kNew + 400 / 4) << "others of this host";
  EXPECT_TRUE(has_notice(host, "ledger_full"));
  for (int i = 0; i < 5 && !has_notice(host, "ledger_full_healed"); ++i) {
    usleep(1'100'000);
    host.tick();
  }
  EXPECT_TRUE(has_notice(host, "ledger_full_healed"));
  for (const auto& child : new_) EXPECT_EQ(host.alive(child->pid()).comm, host.alive(new_[0]->pid()).comm);
  EXPECT_TRUE(only_living_slots(host));
  expect_as_a_fresh_sweep(host);
}

}  // namespace
}  // namespace pmon
