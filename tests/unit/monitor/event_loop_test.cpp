// SPDX-License-Identifier: Apache-2.0
#include "monitor/event_loop.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace pmon::monitor {
namespace {

using Event = EventLoop::Event;

constexpr Timestamp kInAnHour = 3'600'000;

bool is_blocked(int signal) {
  sigset_t set;
  pthread_sigmask(SIG_BLOCK, nullptr, &set);
  return sigismember(&set, signal) == 1;
}

Event next(EventLoop& loop) {
  const auto event = loop.wait();
  EXPECT_TRUE(event) << event.error().text();
  return event.value_or(Event::kStop);
}

TEST(EventLoop, TicksAgainAndAgain) {
  auto loop = EventLoop::open(1, -1);
  ASSERT_TRUE(loop) << loop.error().text();
  EXPECT_EQ(next(*loop), Event::kTick);
  EXPECT_EQ(next(*loop), Event::kTick);
}

TEST(EventLoop, TellsWhatASignalAsksFor) {
  auto loop = EventLoop::open(kInAnHour, -1);
  ASSERT_TRUE(loop) << loop.error().text();
  for (const auto& [signal, event] :
       {std::pair(SIGTERM, Event::kStop), {SIGHUP, Event::kReload}, {SIGINT, Event::kStop}}) {
    raise(signal);
    EXPECT_EQ(next(*loop), event) << signal;
  }
}

TEST(EventLoop, StoppingGoesBeforeReloadingAndBeforeATick) {
  auto loop = EventLoop::open(1, -1);
  ASSERT_TRUE(loop) << loop.error().text();
  usleep(2000);
  raise(SIGHUP);
  raise(SIGTERM);
  EXPECT_EQ(next(*loop), Event::kStop);
  EXPECT_EQ(next(*loop), Event::kTick) << "both signals were taken";
}

TEST(EventLoop, TicksOnceMoreWhenAsked) {
  auto loop = EventLoop::open(kInAnHour);
  ASSERT_TRUE(loop) << loop.error().text();
  loop->tick_in(kInAnHour);
  loop->tick_in(1);
  EXPECT_EQ(next(*loop), Event::kTick);
}

TEST(EventLoop, TellsTheEndOfAProcessOnce) {
  auto loop = EventLoop::open(kInAnHour);
  ASSERT_TRUE(loop) << loop.error().text();
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  loop->await(child);
  kill(child, SIGKILL);
  EXPECT_EQ(next(*loop), Event::kEnded);
  loop->tick_in(1);
  EXPECT_EQ(next(*loop), Event::kTick);
  waitpid(child, nullptr, 0);
}

TEST(EventLoop, TheCollectorCanCall) {
  const Fd bell(eventfd(1, EFD_CLOEXEC));
  auto loop = EventLoop::open(kInAnHour, bell.get());
  ASSERT_TRUE(loop) << loop.error().text();
  EXPECT_EQ(next(*loop), Event::kService);
}

TEST(EventLoop, InsideAProgramADescriptorStopsItAndSignalsAreLeftAlone) {
  const Fd stop(eventfd(0, EFD_CLOEXEC));
  auto loop = EventLoop::open(1, -1, stop.get());
  ASSERT_TRUE(loop) << loop.error().text();
  EXPECT_FALSE(is_blocked(SIGTERM));
  EXPECT_FALSE(is_blocked(SIGHUP));
  EXPECT_EQ(next(*loop), Event::kTick);
  ASSERT_EQ(eventfd_write(stop.get(), 1), 0);
  EXPECT_EQ(next(*loop), Event::kStop);
}

TEST(EventLoop, SignalsAreAsBeforeWhenItIsGone) {
  ASSERT_FALSE(is_blocked(SIGTERM));
  {
    auto loop = EventLoop::open(kInAnHour, -1);
    ASSERT_TRUE(loop) << loop.error().text();
    EXPECT_TRUE(is_blocked(SIGTERM));
    EXPECT_TRUE(is_blocked(SIGHUP));
  }
  EXPECT_FALSE(is_blocked(SIGTERM));
  EXPECT_FALSE(is_blocked(SIGHUP));
}

}  // namespace
}  // namespace pmon::monitor
