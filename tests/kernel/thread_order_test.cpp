// SPDX-License-Identifier: Apache-2.0
// Threads with lower numbers than their leader, as pids that have wrapped give them: a sweep meets them before it.
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "host.h"

namespace pmon {
namespace {

constexpr int kThreads = 3;

// The child's end: threads that have used some CPU and wait, as it does itself.
[[noreturn]] void live(int ready) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([ready] {
      burn(0.02);
      if (write(ready, "x", 1) != 1) _exit(1);
      while (true) pause();
    });
  }
  while (true) pause();
}

// A process with the highest number that is free, while those that the kernel gives are lower.
class HighPid {
 public:
  HighPid() {
    std::array<int, 2> ready{};
    if (pipe(ready.data()) != 0) return;
    pid_t pid = 0;
    std::ifstream("/proc/sys/kernel/pid_max") >> pid;
    do {
      --pid;
      clone_args arguments{};
      arguments.exit_signal = SIGCHLD;
      arguments.set_tid = reinterpret_cast<std::uintptr_t>(&pid);
      arguments.set_tid_size = 1;
      pid_ = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
    } while (pid_ < 0 && errno == EEXIST);
    if (pid_ == 0) live(ready[1]);
    char byte = 0;
    for (int i = 0; pid_ > 0 && i < kThreads; ++i) EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~HighPid() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  HighPid(const HighPid&) = delete;
  HighPid& operator=(const HighPid&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int threads_before_it() const {
    int before = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
      before += std::stoi(task.path().filename()) < pid_ ? 1 : 0;
    }
    return before;
  }

 private:
  pid_t pid_ = -1;
};

TEST(ThreadOrder, ThreadsThatASweepMeetsBeforeTheirLeaderAreOfOneProcess) {
  const HighPid process;
  ASSERT_GT(process.pid(), 0) << "clone3 with a number of its own: " << strerror(errno);
  ASSERT_GT(process.threads_before_it(), 0) << "nothing to compare: pids have just wrapped";
  Host host;
  for (int i = 0; i < 2; ++i) {
    const Snapshot& seen = host.tick();
    EXPECT_EQ(std::ranges::count(seen.processes, process.pid(), [](const ProcessSample& one) { return one.key.pid; }),
              1);
    const ProcessSample& sample = host.alive(process.pid());
    EXPECT_EQ(sample.metrics.at(Metric::kTHREADS), kThreads + 1);
    EXPECT_GE(sample.metrics.at(Metric::kCPU), kThreads * 0.02);
    EXPECT_EQ(sample.parent_pid, getpid());
  }
}

}  // namespace
}  // namespace pmon
