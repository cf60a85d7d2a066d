// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include <algorithm>
#include <vector>

#include "host.h"

namespace pmon {
namespace {

Exit end_of(const Child::Body& body, const std::function<void(pid_t)>& interfere = {}) {
  Host host;
  Child child([&](const Child::Step& step) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    step();
    body(step);
  });
  child.await_step();
  child.go();
  if (interfere) interfere(child.pid());
  const int status = child.wait();
  const auto ended = host.ended(child.pid());
  EXPECT_TRUE(ended);
  if (!ended) return {};
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : 0, ended->exit->code);
  EXPECT_EQ(WIFSIGNALED(status) ? WTERMSIG(status) : 0, ended->exit->signal);
  return *ended->exit;
}

TEST(Exit, Code) {
  EXPECT_EQ(end_of([](const auto&) { _exit(0); }).code, 0);
  EXPECT_EQ(end_of([](const auto&) { _exit(42); }).code, 42);
  EXPECT_EQ(end_of([](const auto&) { _exit(255); }).code, 255);
}

TEST(Exit, Signal) {
  for (const int signal : {SIGKILL, SIGTERM, SIGSEGV, SIGABRT}) {
    const Exit exit = end_of([](const auto&) { pause(); }, [signal](pid_t pid) { kill(pid, signal); });
    EXPECT_EQ(exit.signal, signal);
  }
}

TEST(Exit, FromAThread) {
  EXPECT_EQ(end_of([](const auto&) { std::thread([] { _exit(17); }).join(); }).code, 17);
}

TEST(Exit, KilledWithManyThreads) {
  const Exit exit = end_of(
      [](const auto&) {
        std::vector<std::thread> threads;
        for (int i = 0; i < 31; ++i) threads.emplace_back([] { pause(); });
        pause();
      },
      [](pid_t pid) {
        usleep(50'000);
        kill(pid, SIGKILL);
      });
  EXPECT_EQ(exit.signal, SIGKILL);
}

TEST(Exit, LifetimeIsMeasuredByTheKernel) {
  const Exit exit = end_of([](const auto&) {
    usleep(50'000);
    _exit(0);
  });
  ASSERT_TRUE(exit.lifetime_seconds);
  EXPECT_GE(*exit.lifetime_seconds, 0.05);
  EXPECT_LT(*exit.lifetime_seconds, 5);
}

}  // namespace
}  // namespace pmon
