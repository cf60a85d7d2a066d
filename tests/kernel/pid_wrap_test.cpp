// SPDX-License-Identifier: Apache-2.0
// Pids that come again within a fraction of a second.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include "ground_truth.h"

namespace pmon {
namespace {

constexpr const char* kPidMax = "/proc/sys/kernel/pid_max";

// The host has few pids while this lives. A process of its own takes them back, whatever becomes of this one.
class FewPids {
 public:
  explicit FewPids(int most) {
    int before = 0;
    std::ifstream(kPidMax) >> before;
    if (pipe2(pipe_, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    guardian_ = fork();
    if (guardian_ == 0) {
      close(pipe_[1]);
      setsid();
      char byte = 0;
      (void)!read(pipe_[0], &byte, 1);  // until the other end is closed
      std::ofstream(kPidMax) << before;
      _exit(0);
    }
    std::ofstream(kPidMax) << most;
  }
  ~FewPids() {
    close(pipe_[0]);
    close(pipe_[1]);
    waitpid(guardian_, nullptr, 0);
  }
  FewPids(const FewPids&) = delete;
  FewPids& operator=(const FewPids&) = delete;

 private:
  int pipe_[2] = {-1, -1};
  pid_t guardian_ = -1;
};

struct Life {
  int code = 0;    // that it ended with
  double cpu = 0;  // seconds; next to nothing where it is 0
};

// Of this process, and not the guardian.
bool is_birth(const ProcessSample& process) { return process.parent_pid == getpid() && process.exit->code != 0; }

// The ends of this process's children in the order of their births, by pid.
std::map<pid_t, std::vector<ProcessSample>> ends_by_pid(const Host& host) {
  std::map<pid_t, std::vector<ProcessSample>> ends;
  for (const ProcessSample& process : host.exits()) {
    if (is_birth(process)) ends[process.key.pid].push_back(process);
  }
  for (auto& [pid, samples] : ends) {
    std::ranges::sort(samples, {}, [](const ProcessSample& sample) { return sample.key.start_ticks; });
  }
  return ends;
}

TEST(PidWrap, EveryLifeOfAPidIsAProcessOfItsOwn) {
  constexpr int kMostPids = 1300;  // the kernel starts over at 300
  const int births = emulated() ? 2'000 : 10'000;
  Host host;
  Child lasting([](const Child::Step& step) {
    burn(0.02);
    step();
  });
  lasting.await_step();
  host.tick();
  const ProcessSample before = host.alive(lasting.pid());
  std::map<pid_t, std::vector<Life>> truth;
  {
    const FewPids few(kMostPids);
    for (int i = 0; i < births; ++i) {
      const int code = i % 199 + 1;
      if (i % 997 == 500) {
        Child child([&](const Child::Step&) {
          burn(0.03);
          _exit(code);
        });
        child.wait();
        truth[child.pid()].push_back({code, cpu_seconds(child.usage())});
      } else {
        truth[flash(code)].push_back({code, 0});
      }
      if (i % 300 == 0) host.tick();
    }
  }
  EXPECT_TRUE(host.until([&] { return std::ranges::count_if(host.exits(), is_birth) == births; }));
  const auto ends = ends_by_pid(host);
  EXPECT_EQ(ends.size(), truth.size());
  EXPECT_GT(births, static_cast<int>(truth.size()) + 500) << "pids came again";
  std::set<std::pair<pid_t, std::uint64_t>> keys;
  for (const auto& [pid, lives_of_it] : truth) {
    const auto found = ends.find(pid);
    ASSERT_NE(found, ends.end()) << pid;
    ASSERT_EQ(found->second.size(), lives_of_it.size()) << pid;
    for (std::size_t i = 0; i < lives_of_it.size(); ++i) {
      const ProcessSample& seen = found->second[i];
      const Life& life = lives_of_it[i];
      EXPECT_EQ(seen.exit->code, life.code) << pid << ", life " << i;
      EXPECT_NEAR(seen.metrics.at(Metric::kCPU), life.cpu, cpu_tolerance(life.cpu) + (emulated() ? 1 : 0.005))
          << pid << ", life " << i;
      // In the tick that first saw it: one may come between its parent's wait and its own last switch.
      EXPECT_EQ(host.births(seen.key), 1) << pid << ", life " << i;
      EXPECT_TRUE(keys.emplace(pid, seen.key.start_ticks).second) << pid << ", life " << i;
    }
  }
  EXPECT_EQ(host.alive(lasting.pid()).key, before.key);
  EXPECT_EQ(host.births(before.key), 1);
  expect_no_loss(host);
  EXPECT_TRUE(only_living_slots(host));
}

}  // namespace
}  // namespace pmon
