// SPDX-License-Identifier: Apache-2.0
// Our hooks beside those of other tools, and what others may do to them from outside.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>

#include "collect/handle.h"
#include "collect/skeleton.h"
#include "ground_truth.h"
#include "pmon_bench.skel.h"

namespace pmon {
namespace {

std::uint32_t id_of_map(const bpf_map* map) {
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  EXPECT_EQ(bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size), 0);
  return info.id;
}

bpf_prog_info info_of(const bpf_program* program) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  EXPECT_EQ(bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size), 0);
  return info;
}

// Times that the kernel left one of our programs out because it was running already.
std::uint64_t missed_runs(Host& host) {
  std::uint64_t missed = 0;
  const bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(host.collector().programs().skeleton().obj,
                                             const_cast<bpf_program*>(program))) != nullptr) {
    if (!bpf_program__autoload(program)) continue;
    missed += info_of(program).recursion_misses;
  }
  return missed;
}

// Each link of the host that runs this program, by a descriptor of its own.
void for_each_link_of(std::uint32_t program_id, const std::function<void(int fd)>& visit) {
  std::uint32_t id = 0;
  while (bpf_link_get_next_id(id, &id) == 0) {
    const Fd link(bpf_link_get_fd_by_id(id));
    bpf_link_info info{};
    std::uint32_t size = sizeof info;
    if (link && bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0 && info.prog_id == program_id) visit(link.get());
  }
}

// The number under which this process itself holds the link of this program; -1 where it holds none.
int own_link_fd(const bpf_program* program) {
  const std::uint32_t wanted = info_of(program).id;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    std::error_code ignored;
    if (std::filesystem::read_symlink(entry.path(), ignored) != "anon_inode:bpf_link") continue;
    bpf_link_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.prog_id == wanted) return fd;
  }
  return -1;
}

Result<void> collect(Host& host, Snapshot& out) {
  static Timestamp now = 1'000'000'000'000;
  return host.collector().collect({now += 1000, static_cast<std::uint64_t>(monotonic() * 1e9)}, out);
}

// Programs of others come to the same hooks and go again, all the time, and another monitor counts beside us.
TEST(Hooks, OtherToolsAtTheSameOnesTakeNothingFromUs) {
  Host host;
  Host other;
  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::thread tool([&] {
    while (!stop) {
      pmon_bench* programs = pmon_bench__open();
      if (programs == nullptr) return;
      bpf_program__set_autoload(programs->progs.empty_fault, kFaultHook);
      if (pmon_bench__load(programs) == 0 && pmon_bench__attach(programs) == 0) ++rounds;
      usleep(20'000);
      pmon_bench__destroy(programs);
    }
  });
  Child burner([](const Child::Step&) {
    for (int i = 0; i < 20; ++i) {
      burn(0.01);
      usleep(1000);
    }
    _exit(3);
  });
  const int count = storm(host, 500, emulated() ? 4 : 2, 14);
  burner.wait();
  stop = true;
  tool.join();
  EXPECT_GT(rounds, 1);
  for (Host* one : {&host, &other}) {
    const auto ended = one->ended(burner.pid());
    ASSERT_TRUE(ended);
    EXPECT_NEAR(ended->metrics.at(Metric::kCPU), cpu_seconds(burner.usage()),
                cpu_tolerance(cpu_seconds(burner.usage())));
    one->tick();
    EXPECT_EQ(ends_with(*one, 14), count);
    EXPECT_EQ(missed_runs(*one), 0U);
    expect_no_loss(*one);
  }
}

// A walk over all tasks is for healing: what is known is read without it, and the next one makes good.
TEST(Hooks, ASweepThatFailsIsALossAndIsTriedAgain) {
  Host host;
  host.tick();
  host.tick();
  const int walk = host.collector().programs().sweep_fd();
  const Fd kept(dup(walk));
  const Fd nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(dup2(nothing.get(), walk), walk);
  const std::uint32_t sweep = host.collector().programs().skeleton().bss->control.sweep;
  Snapshot out;
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(collect(host, out)) << "a second each";
    EXPECT_FALSE(out.processes.empty());
  }
  EXPECT_EQ(host.collector().programs().skeleton().bss->control.sweep, sweep)
      << "who is told by two sweeps that it was passed by ends: none of these went by anybody";
  const auto lost = [&out] { return std::ranges::find(out.losses, "sweep_failed", &Loss::cause)->total; };
  const auto failed = lost();
  EXPECT_GT(failed, 10U);
  ASSERT_EQ(dup2(kept.get(), walk), walk);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(collect(host, out));
  EXPECT_LE(lost(), failed) << "it works again";
}

// `bpftool link detach`: the kernel refuses it for each of ours.
TEST(Hooks, CannotBeDetachedByTheirIds) {
  Host host;
  int tried = 0;
  const bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(host.collector().programs().skeleton().obj,
                                             const_cast<bpf_program*>(program))) != nullptr) {
    if (!bpf_program__autoload(program)) continue;
    for_each_link_of(info_of(program).id, [&](int fd) {
      ++tried;
      EXPECT_NE(bpf_link_detach(fd), 0) << bpf_program__name(program);
    });
  }
  EXPECT_EQ(tried, kFaultHook ? 9 : 8) << "all but the program that user space runs";
  Child child([](const Child::Step&) { burn(0.03); });
  child.wait();
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_NEAR(ended->metrics.at(Metric::kCPU), cpu_seconds(child.usage()), cpu_tolerance(cpu_seconds(child.usage())));
}

// A debugger, or the program around a monitor, can close what is ours. The ledger stands still then.
TEST(Hooks, ACoreOneThatIsGoneIsAFailureUntilTheEnd) {
  Host host;
  Snapshot snapshot;
  ASSERT_TRUE(collect(host, snapshot));
  const int fd = own_link_fd(host.collector().programs().skeleton().progs.pmon_switch);
  ASSERT_GE(fd, 0);
  close(fd);
  for (int tick = 0; tick < 2; ++tick) {
    const auto collected = collect(host, snapshot);
    ASSERT_FALSE(collected);
    EXPECT_NE(collected.error().text().find("sched_switch was detached"), std::string::npos)
        << collected.error().text();
    EXPECT_NE(collected.error().text().find("start pmon again"), std::string::npos);
  }
}

TEST(Hooks, ADescriptorOfSomebodyElseUnderTheirNumberIsNoHook) {
  const int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    Host host;
    Snapshot snapshot;
    const int fd = own_link_fd(host.collector().programs().skeleton().progs.pmon_newtask);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(dup3(before, fd, O_CLOEXEC), fd);
    const auto collected = collect(host, snapshot);
    ASSERT_FALSE(collected);
    EXPECT_NE(collected.error().text().find("task_newtask was detached"), std::string::npos);
    ASSERT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_FALSE(collect(host, snapshot));
    close(before);
    ASSERT_EQ(dup(fd), before) << "still open: it is not ours to close";
  }
  close(before);
}

TEST(Hooks, OneThatCanBeDoneWithoutCostsItsOwnMetricsOnly) {
  Host host;
  Snapshot snapshot;
  close(own_link_fd(host.collector().programs().skeleton().progs.pmon_mmap));
  ASSERT_TRUE(collect(host, snapshot));
  ASSERT_EQ(snapshot.notices.size(), 1U);
  EXPECT_EQ(snapshot.notices[0].code, "hook_lost");
  EXPECT_NE(snapshot.notices[0].text.find("no mapped_bytes_total"), std::string::npos) << snapshot.notices[0].text;
  EXPECT_FALSE(host.collector().capabilities().has(Metric::kMAPPED));
  EXPECT_EQ(host.collector().capabilities().has(Metric::kFAULTS_HEAP), kFaultHook);
  ASSERT_TRUE(collect(host, snapshot));
  EXPECT_TRUE(snapshot.notices.empty()) << "once";
  for (const ProcessSample& process : snapshot.processes) {
    EXPECT_FALSE(process.metrics.has(Metric::kMAPPED));
    EXPECT_TRUE(process.metrics.has(Metric::kCPU));
  }
}

// `bpftool map freeze`: slots cannot be given back any more.
TEST(Hooks, AFreeListThatSomebodyFrozeIsCountedAndTold) {
  Host host;
  const Fd map(bpf_map_get_fd_by_id(id_of_map(host.collector().programs().skeleton().maps.free_slots)));
  ASSERT_TRUE(map);
  ASSERT_EQ(bpf_map_freeze(map.get()), 0);
  for (int i = 0; i < 50; ++i) flash(15);
  EXPECT_TRUE(host.until([&] { return ends_with(host, 15) == 50; })) << "what was seen is told all the same";
  EXPECT_GE(host.lost("free_refused"), 50U);
  EXPECT_TRUE(has_notice(host, "free_refused"));
}

}  // namespace
}  // namespace pmon
