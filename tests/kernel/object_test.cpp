// SPDX-License-Identifier: Apache-2.0
// The object and its traces in the kernel: layout, attach, detach.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "collect/skeleton.h"
#include "host.h"

namespace pmon {
namespace {

// What the kernel calls the programs and maps of one loaded object.
struct KernelIds {
  std::vector<std::uint32_t> programs;
  std::vector<std::uint32_t> maps;
};

KernelIds ids_of(const pmon_bpf& skeleton) {
  KernelIds ids;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0) ids.programs.push_back(info.id);
  }
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton.obj) {
    bpf_map_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size) == 0) ids.maps.push_back(info.id);
  }
  return ids;
}

// How many of them the kernel still has. Ids are not given again for a long time.
std::size_t remaining(const KernelIds& ids) {
  std::size_t count = 0;
  for (const std::uint32_t id : ids.programs) {
    if (const int fd = bpf_prog_get_fd_by_id(id); fd >= 0) ++count, close(fd);
  }
  for (const std::uint32_t id : ids.maps) {
    if (const int fd = bpf_map_get_fd_by_id(id); fd >= 0) ++count, close(fd);
  }
  return count;
}

bool vanish(const KernelIds& ids) {
  for (int attempt = 0; attempt < 200; ++attempt) {  // the kernel frees them after a grace period
    if (remaining(ids) == 0) return true;
    usleep(50'000);
  }
  return false;
}

using Members = std::vector<std::pair<const char*, std::size_t>>;

// Every member that the object knows, in its order.
void expect_layout(const btf* types, const char* name, std::size_t size, const Members& expected) {
  SCOPED_TRACE(name);
  const int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
  ASSERT_GT(id, 0);
  const btf_type* type = btf__type_by_id(types, static_cast<std::uint32_t>(id));
  EXPECT_EQ(type->size, size);
  ASSERT_EQ(btf_vlen(type), expected.size());
  for (std::uint32_t i = 0; i < expected.size(); ++i) {
    EXPECT_STREQ(btf__name_by_offset(types, btf_members(type)[i].name_off), expected[i].first);
    EXPECT_EQ(btf_member_bit_offset(type, i) / 8, expected[i].second) << expected[i].first;
  }
}

#define PMON_MEMBER(type, member) \
  { #member, offsetof(type, member) }

// Of what the two sides share in memory; an event is no type of its map, and has its size asserted.
TEST(Object, LayoutIsThatOfTheHeader) {
  pmon_bpf* skeleton = pmon_bpf__open();
  ASSERT_NE(skeleton, nullptr);
  const btf* types = bpf_object__btf(skeleton->obj);
  expect_layout(types, "pmon_slot", sizeof(pmon_slot),
                {PMON_MEMBER(pmon_slot, value), PMON_MEMBER(pmon_slot, start_boottime_ns),
                 PMON_MEMBER(pmon_slot, exit_boottime_ns), PMON_MEMBER(pmon_slot, cgroup_id),
                 PMON_MEMBER(pmon_slot, memory_cgroup_id), PMON_MEMBER(pmon_slot, state), PMON_MEMBER(pmon_slot, tgid),
                 PMON_MEMBER(pmon_slot, ppid), PMON_MEMBER(pmon_slot, uid), PMON_MEMBER(pmon_slot, wait_status),
                 PMON_MEMBER(pmon_slot, exec_count), PMON_MEMBER(pmon_slot, birth), PMON_MEMBER(pmon_slot, watched),
                 PMON_MEMBER(pmon_slot, oom_killed), PMON_MEMBER(pmon_slot, sweep), PMON_MEMBER(pmon_slot, comm),
                 PMON_MEMBER(pmon_slot, pad)});
  expect_layout(
      types, "pmon_control", sizeof(pmon_control),
      {PMON_MEMBER(pmon_control, next_fresh), PMON_MEMBER(pmon_control, sweep), PMON_MEMBER(pmon_control, dead),
       PMON_MEMBER(pmon_control, seeded), PMON_MEMBER(pmon_control, without_slot), PMON_MEMBER(pmon_control, pad),
       PMON_MEMBER(pmon_control, swept_boottime_ns), PMON_MEMBER(pmon_control, lost)});
  expect_layout(types, "pmon_cpu", sizeof(pmon_cpu),
                {PMON_MEMBER(pmon_cpu, stack), PMON_MEMBER(pmon_cpu, tgid), PMON_MEMBER(pmon_cpu, pad)});
  pmon_bpf__destroy(skeleton);
}

TEST(Object, DetachLeavesNothing) {
  KernelIds ids;
  {
    Host host;
    ids = ids_of(host.collector().programs().skeleton());
    EXPECT_EQ(ids.programs.size(), kFaultHook ? 10U : 9U);
    EXPECT_EQ(remaining(ids), ids.programs.size() + ids.maps.size());
  }
  EXPECT_TRUE(vanish(ids));
}

TEST(Object, KillLeavesNothing) {
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  Child child([&](const Child::Step& step) {
    Host host;
    const KernelIds ids = ids_of(host.collector().programs().skeleton());
    for (const auto& list : {ids.programs, ids.maps}) {
      const std::size_t count = list.size();
      (void)!write(told[1], &count, sizeof count);
      (void)!write(told[1], list.data(), count * sizeof list[0]);
    }
    step();
    pause();
  });
  child.await_step();
  KernelIds ids;
  for (auto* list : {&ids.programs, &ids.maps}) {
    std::size_t count = 0;
    ASSERT_EQ(read(told[0], &count, sizeof count), static_cast<ssize_t>(sizeof count));
    list->resize(count);
    ASSERT_EQ(read(told[0], list->data(), count * sizeof(std::uint32_t)),
              static_cast<ssize_t>(count * sizeof(std::uint32_t)));
  }
  close(told[0]);
  close(told[1]);
  EXPECT_GT(remaining(ids), 10U);
  kill(child.pid(), SIGKILL);
  child.wait();
  EXPECT_TRUE(vanish(ids));
}

TEST(Object, AProgramThatTheKernelRefusesCostsItsOwnMetricsOnly) {
  Host host({.refused = {"pmon_mmap"}});
  const Capabilities& capabilities = host.collector().capabilities();
  EXPECT_FALSE(capabilities.has(Metric::kMAPPED));
  EXPECT_NE(capabilities.why_missing(Metric::kMAPPED).find("refused"), std::string::npos)
      << capabilities.why_missing(Metric::kMAPPED);
  EXPECT_TRUE(capabilities.has(Metric::kCPU));
  EXPECT_EQ(capabilities.has(Metric::kFAULTS_HEAP), kFaultHook);
  host.tick();
  EXPECT_TRUE(host.alive(getpid()).metrics.has(Metric::kCPU));
  EXPECT_FALSE(host.alive(getpid()).metrics.has(Metric::kMAPPED));
}

TEST(Object, EveryFeatureIsThere) {
  Host host;
  bool says_why = kFaultHook;
  for (const Feature& feature : host.collector().capabilities().features) {
    if (!kFaultHook && feature.name == "fault_regions") {
      EXPECT_NE(feature.reason.find("no tracepoint page_fault_user"), std::string::npos) << feature.reason;
      EXPECT_FALSE(host.collector().capabilities().has(Metric::kFAULTS_HEAP));
      says_why = true;
      continue;
    }
    ADD_FAILURE() << feature.name << " is " << mode_name(feature.mode) << ": " << feature.reason;
  }
  EXPECT_TRUE(says_why);
}

// Two monitors at once count the same and do not disturb each other.
TEST(Object, TwoAtOnce) {
  Host one;
  Host other;
  Child child([](const Child::Step&) { burn(0.05); });
  child.wait();
  const auto seen = one.ended(child.pid());
  const auto also = other.ended(child.pid());
  ASSERT_TRUE(seen);
  ASSERT_TRUE(also);
  EXPECT_EQ(seen->metrics.at(Metric::kCPU), also->metrics.at(Metric::kCPU));
}

}  // namespace
}  // namespace pmon
