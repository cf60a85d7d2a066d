// SPDX-License-Identifier: Apache-2.0
// Storms, and what happens when ledger or ring are too small: counted, announced, healed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "ground_truth.h"

namespace pmon {
namespace {

// PMON_STORM_SECONDS makes it longer.
TEST(Losses, ForkStormIsAccountedToTheLastProcess) {
  const double duration = from_environment("PMON_STORM_SECONDS", 10);
  Host host;
  const double enough = (emulated() ? 100 : 4'500) * duration;
  int count = 0;
  int all = 0;
  for (int attempt = 0; attempt < 3 && count < enough; ++attempt) {  // this host may have other work, too
    count = storm(host, 5'000, duration, 7);
    all += count;
  }
  for (int i = 0; i < 10; ++i) {
    usleep(20'000);
    host.tick();
  }
  EXPECT_EQ(ends_with(host, 7), all);
  RecordProperty("processes", count);
  expect_no_loss(host);
  EXPECT_GE(count, enough);
  EXPECT_TRUE(only_living_slots(host)) << "slots leaked";
  expect_as_a_fresh_sweep(host);
}

// Threads that the first sweep cannot find any more, but which the scheduler has yet to switch away from.
TEST(Losses, WhatEndsWhilePmonStartsIsNoLoss) {
  std::vector<std::unique_ptr<Child>> storms;
  for (int i = 0; i < 4; ++i) {
    storms.push_back(std::make_unique<Child>([](const Child::Step& step) {
      signal(SIGCHLD, SIG_IGN);  // reaped by the kernel, within their exit
      step();
      for (;;) {
        for (int child = 0; child < 4; ++child) {
          if (fork() == 0) _exit(0);
        }
        while (wait(nullptr) > 0) continue;  // until all are gone: a storm must not pile up
      }
    }));
  }
  for (const auto& child : storms) child->go();
  for (int start = 0; start < 4; ++start) {
    Host host;
    host.tick();
    usleep(30'000);
    host.tick();
    usleep(30'000);
    host.tick();
    for (const char* cause : {"ledger_full", "storage_failed", "thread_unknown"}) {
      EXPECT_EQ(host.lost(cause), 0U) << cause << ", start " << start;
    }
  }
}

// Until the first sweep comes to a process, its new threads have no slot to go to.
TEST(Losses, ThreadsThatComeAndGoWhilePmonStartsAreNoLoss) {
  std::vector<std::unique_ptr<Child>> churns;
  const int count = emulated() ? 1 : 4;
  for (int i = 0; i < count; ++i) {
    churns.push_back(std::make_unique<Child>([](const Child::Step& step) {
      step();
      for (;;) std::thread([] {}).join();
    }));
  }
  for (const auto& child : churns) child->go();
  for (int start = 0; start < 2 * count; ++start) {
    Host host;
    for (int i = 0; i < 4; ++i) {
      host.tick();
      usleep(20'000);
    }
    EXPECT_EQ(host.lost("thread_unknown"), 0U) << "start " << start;
  }
}

TEST(Losses, AFullLedgerIsCountedAnnouncedAndHealed) {
  constexpr int kChildren = 64;
  Host count_first;
  const auto living = static_cast<std::uint32_t>(count_first.tick().processes.size());
  Host host({.ledger_slots = living + kChildren / 2, .ring_bytes = 262144});
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < kChildren; ++i) {
    children.push_back(std::make_unique<Child>([](const Child::Step& step) {
      step();
      burn(0.01);
      step();
    }));
    children.back()->await_step();
  }
  host.tick();
  EXPECT_GE(host.lost("ledger_full"), kChildren / 4U);
  EXPECT_TRUE(has_notice(host, "ledger_full"));
  // Room comes when half of them end; a sweep then finds the others, with all they ever used.
  for (int i = 0; i < kChildren - 8; ++i) {
    children.back()->go();
    children.back()->await_step();
    children.pop_back();
  }
  usleep(100'000);
  for (int i = 0; i < 3; ++i) {
    host.tick();
    usleep(1'100'000);
  }
  host.tick();
  EXPECT_TRUE(has_notice(host, "ledger_full_healed"));
  for (const auto& child : children) EXPECT_NE(host.living(child->pid()), nullptr) << child->pid();
  for (const auto& child : children) child->go();
}

TEST(Losses, AFullRingIsCountedAnnouncedAndHealed) {
  Host host({.ledger_slots = 16384, .ring_bytes = 4096});
  Child child([](const Child::Step& step) {
    step();
    execlp("sleep", "sleep", "2", nullptr);
  });
  child.await_step();
  host.tick();
  // More exits than 4096 bytes hold, then an exec whose event finds no room.
  for (int i = 0; i < 200; ++i) flash(8);
  child.go();
  usleep(200'000);
  for (int i = 0; i < 3; ++i) {
    host.tick();
    usleep(20'000);
  }
  EXPECT_GT(host.lost("ring_full_exit"), 0U);
  EXPECT_GT(host.lost("ring_full_exec"), 0U);
  EXPECT_TRUE(has_notice(host, "ring_full_exit"));
  EXPECT_EQ(ends_with(host, 8), 200) << "an exit whose event was lost is read from the ledger";
  EXPECT_TRUE(std::ranges::any_of(host.events(), [&](const LifecycleEvent& event) {
    return event.kind == LifecycleEvent::Kind::kExec && event.key.pid == child.pid();
  })) << "an exec whose event was lost is read from the ledger";
  EXPECT_NE(host.living(child.pid()), nullptr);
  kill(child.pid(), SIGKILL);
}

}  // namespace
}  // namespace pmon
