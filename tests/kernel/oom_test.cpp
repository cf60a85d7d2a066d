// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "host.h"

namespace pmon {
namespace {

constexpr std::size_t kLimit = 32 << 20;

bool write_file(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return written;
}

// A memory cgroup of either version, removed at the end.
class MemoryCgroup {
 public:
  MemoryCgroup() {
    for (const char* root : {"/sys/fs/cgroup/memory", "/sys/fs/cgroup"}) {
      path_ = std::string(root) + "/pmon-test-" + std::to_string(getpid());
      write_file(std::string(root) + "/cgroup.subtree_control", "+memory");
      if (mkdir(path_.c_str(), 0755) != 0) continue;
      if (write_file(path_ + "/memory.limit_in_bytes", std::to_string(kLimit)) ||
          write_file(path_ + "/memory.max", std::to_string(kLimit))) {
        write_file(path_ + "/memory.swap.max", "0");
        made_ = true;
        return;
      }
      rmdir(path_.c_str());
    }
  }
  ~MemoryCgroup() {
    for (int attempt = 0; made_ && rmdir(path_.c_str()) != 0 && attempt < 100; ++attempt) usleep(10'000);
  }
  MemoryCgroup(const MemoryCgroup&) = delete;
  MemoryCgroup& operator=(const MemoryCgroup&) = delete;
  [[nodiscard]] bool made() const { return made_; }
  void enter() const { write_file(path_ + "/cgroup.procs", std::to_string(getpid())); }

 private:
  std::string path_;
  bool made_ = false;
};

TEST(Oom, AKillInAMemoryCgroupIsToldAndTheLimitIsKnown) {
  const MemoryCgroup cgroup;
  ASSERT_TRUE(cgroup.made()) << "no memory cgroup can be made here";
  Host host;
  Child child([&](const Child::Step& step) {
    cgroup.enter();
    execl("/proc/self/exe", "kernel_tests", "--eat-memory", nullptr);
    step();
  });
  double limit = 0;
  for (int i = 0; i < 200 && limit == 0; ++i) {
    usleep(5'000);
    host.tick();
    if (const ProcessSample* process = host.living(child.pid()); process != nullptr && process->exec_count > 0) {
      limit = process->metrics.get(Metric::kMEMORY_LIMIT).value_or(0);
    }
    if (!host.exits().empty() && host.exits().back().key.pid == child.pid()) break;
  }
  const int status = child.wait();
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit->signal, SIGKILL);
  EXPECT_EQ(ended->metrics.get(Metric::kOOM_KILLS), 1);
  EXPECT_EQ(limit, kLimit);
  EXPECT_TRUE(std::ranges::any_of(host.events(), [&](const LifecycleEvent& event) {
    return event.kind == LifecycleEvent::Kind::kOomKill && event.key.pid == child.pid();
  }));
}

TEST(Oom, AnotherSigkillIsNone) {
  Host host;
  Child child([](const Child::Step&) { pause(); });
  kill(child.pid(), SIGKILL);
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_FALSE(ended->metrics.has(Metric::kOOM_KILLS));
}

}  // namespace
}  // namespace pmon
