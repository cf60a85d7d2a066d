// SPDX-License-Identifier: Apache-2.0
#include "daemon/mailbox.h"

#include <poll.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace pmon::daemon {
namespace {

TEST(Mailbox, WorkIsDoneByWhoeverServes) {
  auto mailbox = Mailbox::open();
  ASSERT_TRUE(mailbox);
  const std::thread::id here = std::this_thread::get_id();
  std::atomic<bool> answered = false;
  std::jthread asker([&] {
    const Result<bool> same = (*mailbox)->ask([here]() -> Result<bool> { return std::this_thread::get_id() == here; });
    EXPECT_TRUE(same.value_or(false));
    answered = true;
  });
  while (!answered) {
    pollfd wake{(*mailbox)->fd(), POLLIN, 0};
    ASSERT_GE(poll(&wake, 1, 5000), 0);
    (*mailbox)->serve();
  }
}

TEST(Mailbox, ATickComesBetweenTwoAnswers) {
  auto mailbox = Mailbox::open();
  ASSERT_TRUE(mailbox);
  std::atomic<int> done = 0;
  std::vector<std::jthread> askers;
  for (int i = 0; i < 3; ++i) {
    askers.emplace_back([&] { EXPECT_TRUE((*mailbox)->ask([&done]() -> Result<int> { return ++done; })); });
  }
  for (int answers = 1; answers <= 3; ++answers) {
    pollfd wake{(*mailbox)->fd(), POLLIN, 0};
    ASSERT_EQ(poll(&wake, 1, 5000), 1) << "it says so as long as somebody waits";
    (*mailbox)->serve();
    EXPECT_EQ(done, answers);
  }
}

TEST(Mailbox, WhatNobodyWaitsForAnyMoreIsNotDone) {
  auto mailbox = Mailbox::open(std::chrono::milliseconds(1));
  ASSERT_TRUE(mailbox);
  bool done = false;
  EXPECT_FALSE((*mailbox)->ask([&done]() -> Result<bool> { return done = true; }));
  (*mailbox)->serve();
  EXPECT_FALSE(done);
}

TEST(Mailbox, NobodyIsAnsweredAfterTheEnd) {
  auto mailbox = Mailbox::open();
  ASSERT_TRUE(mailbox);
  (*mailbox)->close();
  const auto answer = (*mailbox)->ask([]() -> Result<int> { return 1; });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the monitor is ending");
}

TEST(Mailbox, TooManyAreTurnedAway) {
  auto mailbox = Mailbox::open();
  ASSERT_TRUE(mailbox);
  std::atomic<int> turned_away = 0;
  std::atomic<int> served = 0;
  {
    std::vector<std::jthread> askers;
    for (std::size_t i = 0; i < Mailbox::kMostWaiting + 10; ++i) {
      askers.emplace_back([&] {
        const auto answer = (*mailbox)->ask([]() -> Result<int> { return 1; });
        ++(answer ? served : turned_away);
      });
    }
    while (turned_away < 10) std::this_thread::yield();
    (*mailbox)->close();
  }
  EXPECT_EQ(turned_away, 10);
  EXPECT_EQ(served, static_cast<int>(Mailbox::kMostWaiting));
}

}  // namespace
}  // namespace pmon::daemon
