// SPDX-License-Identifier: Apache-2.0
// The ugly cases of process identity.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "host.h"

namespace pmon {
namespace {

std::vector<LifecycleEvent> execs_of(const Host& host, pid_t pid) {
  std::vector<LifecycleEvent> found;
  std::ranges::copy_if(host.events(), std::back_inserter(found), [pid](const LifecycleEvent& event) {
    return event.kind == LifecycleEvent::Kind::kExec && event.key.pid == pid;
  });
  return found;
}

// The letter of /proc/PID/stat.
char state_of(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(stat)), {});
  return text.at(text.rfind(')') + 2);
}

TEST(Identity, StartTimeIsThatOfProc) {
  Host host;
  const ProcessSample& self = host.alive(getpid());
  EXPECT_EQ(self.key.start_ticks, stat_field(getpid(), 22));
  EXPECT_EQ(self.parent_pid, getppid());
  EXPECT_FALSE(self.born);
}

TEST(Identity, SurvivesExec) {
  Host host;
  Child child([](const Child::Step& step) {
    burn(0.02);
    step();
    execlp("sleep", "sleep", "100", nullptr);
  });
  child.await_step();
  host.tick();
  const ProcessSample before = host.alive(child.pid());
  EXPECT_TRUE(before.born);
  child.go();
  ASSERT_TRUE(host.until([&] { return host.alive(child.pid()).exec_count > 0; }));
  host.tick();
  const ProcessSample after = host.alive(child.pid());
  EXPECT_EQ(after.key, before.key);
  EXPECT_EQ(host.births(after.key), 1);
  EXPECT_NE(before.comm, "sleep");
  EXPECT_TRUE(after.comm == "sleep" || after.comm == "busybox") << after.comm;
  EXPECT_EQ(after.exec_count, 1U);
  EXPECT_EQ(execs_of(host, child.pid()).size(), 1U);
  EXPECT_GE(after.metrics.at(Metric::kCPU), before.metrics.at(Metric::kCPU));
}

TEST(Identity, SurvivesExecFromAThreadThatIsNotTheLeader) {
  Host host;
  Child child([](const Child::Step& step) {
    step();
    std::thread([] {
      burn(0.03);
      execlp("sleep", "sleep", "1.5", nullptr);
    }).join();
  });
  child.await_step();
  host.tick();
  const ProcessSample before = host.alive(child.pid());
  child.go();
  ASSERT_TRUE(host.until([&] { return host.alive(child.pid()).exec_count > 0; }));
  host.tick();
  const ProcessSample after = host.alive(child.pid());
  EXPECT_EQ(after.key, before.key);
  EXPECT_EQ(after.metrics.at(Metric::kTHREADS), 1);
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->key, before.key);
  EXPECT_EQ(ended->exit->code, 0);
  EXPECT_NEAR(ended->metrics.at(Metric::kCPU), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
}

TEST(Identity, TheLeaderMayExitFirst) {
  Host host;
  Child child([](const Child::Step& step) {
    step();
    std::thread([&step] {
      step();
      burn(0.1);
      _exit(5);
    }).detach();
    burn(0.02);
    syscall(SYS_exit, 0);
  });
  child.await_step();
  host.tick();
  const ProcessKey key = host.alive(child.pid()).key;
  child.go();
  child.await_step();
  EXPECT_TRUE(host.until([&] { return host.alive(child.pid()).metrics.at(Metric::kTHREADS) == 1; }));
  EXPECT_EQ(host.alive(child.pid()).key, key);
  child.go();
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit->code, 5);
  EXPECT_NEAR(ended->metrics.at(Metric::kCPU), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
}

// The same when the sweep finds it so: the leader a zombie, its threads alive.
TEST(Identity, ALeaderThatHadExitedBeforeTheSweep) {
  Child child([](const Child::Step& step) {
    std::thread([&step] {
      step();
      burn(0.05);
      _exit(6);
    }).detach();
    burn(0.02);
    syscall(SYS_exit, 0);
  });
  child.await_step();
  while (state_of(child.pid()) != 'Z') usleep(1'000);
  usleep(20'000);  // it is called so shortly before its last switch
  Host host;
  EXPECT_TRUE(host.until([&] { return host.alive(child.pid()).metrics.at(Metric::kTHREADS) == 1; }));
  child.go();
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit->code, 6);
  EXPECT_NEAR(ended->metrics.at(Metric::kCPU), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
}

TEST(Identity, ForkWithoutExecIsItsOwnProcess) {
  Host host;
  Child child([](const Child::Step& step) {
    prctl(PR_SET_NAME, "forked-not-run");
    step();
  });
  child.await_step();
  host.tick();
  const ProcessSample& process = host.alive(child.pid());
  EXPECT_EQ(process.comm, "forked-not-run");
  EXPECT_EQ(process.parent_pid, getpid());
  EXPECT_EQ(process.exec_count, 0U);
  EXPECT_TRUE(process.born);
  EXPECT_NE(process.key, host.alive(getpid()).key);
  child.go();
}

// Forks until the kernel gives a pid a second time.
TEST(Identity, AReusedPidIsAnotherProcess) {
  Host host;
  Child first([](const Child::Step&) { burn(0.05); });
  const pid_t pid = first.pid();
  first.wait();
  const auto first_end = host.ended(pid);
  ASSERT_TRUE(first_end);
  host.forget();
  usleep(20'000);  // another clock tick, or the identity in ticks is the same
  if (const int last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC); last >= 0) {
    const std::string before = std::to_string(pid - 1);
    (void)!write(last, before.data(), before.size());
    close(last);
  }
  bool reused = false;
  for (int i = 0; i < 70'000 && !reused; ++i) {
    reused = flash(9) == pid;
    if (i % 4096 == 0) host.tick();
  }
  ASSERT_TRUE(reused) << "pid " << pid << " did not come again";
  const auto second_end = host.ended(pid);
  ASSERT_TRUE(second_end);
  EXPECT_NE(second_end->key, first_end->key);
  EXPECT_EQ(second_end->exit->code, 9);
  EXPECT_LT(second_end->metrics.at(Metric::kCPU), 0.04);
}

}  // namespace
}  // namespace pmon
