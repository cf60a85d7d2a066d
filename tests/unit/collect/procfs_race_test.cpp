// SPDX-License-Identifier: Apache-2.0
// The real /proc while processes are born, change their names and command lines, exec, and end between any two reads.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/procfs_collector.h"

namespace pmon {
namespace {

constexpr auto kTime = std::chrono::milliseconds(1500);

// Processes of this kind, until it goes.
class Crowd {
 public:
  template <typename Body>
  void add(Body body) {
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (unsigned round = 0;; ++round) body(round);
    }
    setpgid(pid, pid);
    pids_.push_back(pid);
  }
  ~Crowd() {
    for (const pid_t pid : pids_) {
      kill(-pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> pids_;
};

void fork_and_end(unsigned round) {
  const pid_t child = fork();
  if (child == 0) _exit(static_cast<int>(round % 256));
  if (child > 0) waitpid(child, nullptr, 0);
}

// Its command line has a megabyte, its name is a line of what /proc/PID/stat may hold.
void fork_and_exec(unsigned round) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_NAME, round % 2 == 0 ? ") Z 1 1 1 1 1" : "x\n1 (y) R 1");
    std::vector<std::string> words(8, std::string(100'000, static_cast<char>('a' + round % 26)));
    std::vector<char*> argv{const_cast<char*>("true")};
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv("/bin/true", argv.data());
    _exit(127);
  }
  if (child > 0) waitpid(child, nullptr, 0);
}

void change_name(unsigned round) {
  prctl(PR_SET_NAME, std::string(1 + round % 15, static_cast<char>(1 + round % 255)).c_str());
  if (round % 1000 == 0) usleep(100);
}

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

Tick now() {
  timespec since_boot{};
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  const auto ns =
      static_cast<std::uint64_t>(since_boot.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(since_boot.tv_nsec);
  return {
      .now = static_cast<Timestamp>(ns / 1'000'000), .boottime_ns = ns, .wall = static_cast<Timestamp>(ns / 1'000'000)};
}

TEST(ProcfsRace, WhoComesAndGoesBetweenReadsIsSeenWholeOrNotAtAll) {
  Crowd crowd;
  for (int i = 0; i < 3; ++i) crowd.add(fork_and_end);
  crowd.add(fork_and_exec);
  crowd.add(change_name);
  auto collector = ProcfsCollector::open();
  ASSERT_TRUE(collector) << collector.error().text();
  Snapshot snapshot;
  ASSERT_TRUE((*collector)->collect(now(), snapshot));
  const std::size_t files = open_files();
  std::set<std::pair<std::int32_t, std::uint64_t>> ended;
  std::size_t births = 0;
  std::size_t ticks = 0;
  const auto until = std::chrono::steady_clock::now() + kTime;
  for (; std::chrono::steady_clock::now() < until; ++ticks) {
    const auto collected = (*collector)->collect(now(), snapshot);
    ASSERT_TRUE(collected) << collected.error().text();
    bool self = false;
    std::int32_t last = 0;
    for (const ProcessSample& p : snapshot.processes) {
      const auto key = std::pair(p.key.pid, p.key.start_ticks);
      ASSERT_FALSE(ended.contains(key)) << p.key.pid << ": nobody ends twice, or lives on";
      if (p.exit) {
        ended.insert(key);
      } else {
        ASSERT_GT(p.key.pid, std::exchange(last, p.key.pid)) << "each once";
      }
      ASSERT_GT(p.key.pid, 0);
      ASSERT_GT(p.key.start_ticks, 0U);
      ASSERT_LE(p.comm.size(), 15U);
      births += p.born ? 1 : 0;
      self = self || p.key.pid == getpid();
    }
    ASSERT_TRUE(self);
  }
  EXPECT_GT(ticks, 5U);
  EXPECT_GT(births, 0U) << "no race was tried";
  EXPECT_EQ(open_files(), files);
  for (const Notice& notice : snapshot.notices) EXPECT_NE(notice.level, Notice::Level::kError) << notice.text;
}

}  // namespace
}  // namespace pmon
