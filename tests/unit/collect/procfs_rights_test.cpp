// SPDX-License-Identifier: Apache-2.0
// What a /proc tells that does not show everything to whoever asks.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>

#include "../../fixtures/fake_process.h"
#include "collect/procfs_collector.h"

namespace pmon {
namespace {

using fixtures::FakeProcess;
using fixtures::FileTree;

constexpr uid_t kNobody = 65534;

bool drop_capability(unsigned capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return false;
  data[0].effective &= ~(1U << capability);
  return syscall(SYS_capset, &header, data.data()) == 0;
}

// Runs `body` in a process of its own, which may give up its rights: the number of the first thing that is wrong, or 0.
int in_a_process(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class ProcfsRights : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give up rights";
    put_living();
  }
  void put_living() const {
    FakeProcess{.pid = 3, .uid = kNobody}.put(tree);
    FakeProcess{.pid = 4, .uid = kNobody}.put(tree);
  }
  // Becomes a user without rights, whom the files belong to.
  bool become_nobody() const {
    if (chown(tree.path().c_str(), kNobody, kNobody) != 0) return false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree.path())) {
      if (chown(entry.path().c_str(), kNobody, kNobody) != 0) return false;
    }
    return setresgid(kNobody, kNobody, kNobody) == 0 && setresuid(kNobody, kNobody, kNobody) == 0;
  }
  bool open() {
    auto opened = ProcfsCollector::open(
        {.paths = {.proc = tree.path("proc"), .cgroup = tree.path("cgroup")}, .cpu_clocks = false});
    if (opened) collector_ = std::move(*opened);
    return opened.has_value();
  }
  bool tick() {
    ++seconds_;
    return collector_
        ->collect({.now = 1'700'000'000'000 + seconds_ * 1000,
                   .boottime_ns = static_cast<std::uint64_t>(seconds_) * 1'000'000'000},
                  snapshot_)
        .has_value();
  }
  void hide(int pid) const {
    std::filesystem::permissions(tree.path("proc/" + std::to_string(pid) + "/stat"), std::filesystem::perms::none);
  }
  const ProcessSample* find(std::int32_t pid) const {
    const auto found = std::ranges::find(snapshot_.processes, pid, [](const auto& p) { return p.key.pid; });
    return found == snapshot_.processes.end() ? nullptr : &*found;
  }
  std::uint64_t denied() const { return std::ranges::find(snapshot_.losses, "proc_denied", &Loss::cause)->total; }

  FileTree tree{fixtures::kHostFiles};
  std::unique_ptr<ProcfsCollector> collector_;
  Snapshot snapshot_;
  Timestamp seconds_ = 100;
};

// As with hidepid=1, where every process is listed.
TEST_F(ProcfsRights, WhatCouldNeverBeReadIsToldOnceAndNoLoss) {
  hide(4);
  EXPECT_EQ(in_a_process([this] {
              if (!become_nobody() || !open() || !tick()) return 1;
              if (find(3) == nullptr || find(4) != nullptr || denied() != 0) return 2;
              if (snapshot_.notices.size() != 1 || snapshot_.notices[0].code != "proc_hidden") return 3;
              if (snapshot_.notices[0].text.find("/proc/4 ") == std::string::npos) return 4;
              if (!tick() || !snapshot_.notices.empty() || denied() != 0) return 5;
              return 0;
            }),
            0);
}

TEST_F(ProcfsRights, WhatMayNoLongerBeReadIsALossButNoEnd) {
  EXPECT_EQ(in_a_process([this] {
              if (!become_nobody() || !open() || !tick() || find(4) == nullptr) return 1;
              hide(4);
              if (!tick() || denied() != 1) return 2;
              if (find(4) != nullptr) return 3;  // neither living nor ended: not known
              return 0;
            }),
            0);
}

// The kernel shows 0 to those who may not ask.
TEST_F(ProcfsRights, AZeroIsNoStatusWithoutTheRightToAsk) {
  const auto code_of_a_zombie = [this](unsigned capability) {
    put_living();
    if (!drop_capability(capability) || !open() || !tick()) return 1;
    FakeProcess{.pid = 3, .state = 'Z', .wait_status = 0, .uid = 33, .anon_kb = {}}.put(tree);
    FakeProcess{.pid = 4, .state = 'Z', .wait_status = 7 << 8, .uid = 33, .anon_kb = {}}.put(tree);
    if (!tick() || find(3) == nullptr || !find(3)->exit || find(4) == nullptr || !find(4)->exit) return 2;
    if (find(4)->exit->code != 7) return 3;
    return find(3)->exit->code ? 10 + *find(3)->exit->code : 20;
  };
  EXPECT_EQ(in_a_process([&] { return code_of_a_zombie(CAP_SYS_PTRACE); }), 20) << "not known";
  EXPECT_EQ(in_a_process([&] { return code_of_a_zombie(CAP_SYS_TIME); }), 10) << "known";
#ifndef __SANITIZE_THREAD__  // which has a thread of its own: a process of more than one may not
  EXPECT_EQ(in_a_process([&] { return unshare(CLONE_NEWUSER) == 0 ? code_of_a_zombie(CAP_SYS_TIME) : 30; }), 20)
      << "a right over the processes of one's own user namespace is none over these";
#endif
}

}  // namespace
}  // namespace pmon
