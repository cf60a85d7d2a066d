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
#include <set>
#include <string>

#include "collect/skeleton.h"
#include "host.h"

namespace pmon {
namespace {

// Names of the pmon programs that the kernel holds, with their ids.
std::set<std::uint32_t> programs_in_kernel() {
  std::set<std::uint32_t> found;
  std::uint32_t id = 0;
  while (bpf_prog_get_next_id(id, &id) == 0) {
    const int fd = bpf_prog_get_fd_by_id(id);
    if (fd < 0) continue;
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && std::strncmp(info.name, "pmon_", 5) == 0) found.insert(id);
    close(fd);
  }
  return found;
}

std::set<std::uint32_t> ledgers_in_kernel() {
  std::set<std::uint32_t> found;
  std::uint32_t id = 0;
  while (bpf_map_get_next_id(id, &id) == 0) {
    const int fd = bpf_map_get_fd_by_id(id);
    if (fd < 0) continue;
    bpf_map_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && std::strcmp(info.name, "ledger") == 0) found.insert(id);
    close(fd);
  }
  return found;
}

template <typename Ids>
bool vanishes(Ids ids_now, const std::set<std::uint32_t>& before) {
  for (int attempt = 0; attempt < 100; ++attempt) {  // the kernel frees programs after a grace period
    if (ids_now() == before) return true;
    usleep(50'000);
  }
  return false;
}

TEST(Object, LayoutIsThatOfTheHeader) {
  pmon_bpf* skeleton = pmon_bpf__open();
  ASSERT_NE(skeleton, nullptr);
  const btf* types = bpf_object__btf(skeleton->obj);
  const int id = btf__find_by_name_kind(types, "pmon_slot", BTF_KIND_STRUCT);
  ASSERT_GT(id, 0);
  const btf_type* slot = btf__type_by_id(types, static_cast<std::uint32_t>(id));
  EXPECT_EQ(slot->size, sizeof(pmon_slot));
  const std::pair<const char*, std::size_t> expected[] = {
      {"value", offsetof(pmon_slot, value)},           {"start_boottime_ns", offsetof(pmon_slot, start_boottime_ns)},
      {"cgroup_id", offsetof(pmon_slot, cgroup_id)},   {"state", offsetof(pmon_slot, state)},
      {"tgid", offsetof(pmon_slot, tgid)},             {"wait_status", offsetof(pmon_slot, wait_status)},
      {"exec_count", offsetof(pmon_slot, exec_count)}, {"watched", offsetof(pmon_slot, watched)},
      {"sweep", offsetof(pmon_slot, sweep)},           {"comm", offsetof(pmon_slot, comm)},
  };
  std::size_t compared = 0;
  for (int i = 0; i < btf_vlen(slot); ++i) {
    const char* name = btf__name_by_offset(types, btf_members(slot)[i].name_off);
    for (const auto& [member, offset] : expected) {
      if (std::strcmp(name, member) != 0) continue;
      EXPECT_EQ(btf_member_bit_offset(slot, static_cast<std::uint32_t>(i)) / 8, offset) << member;
      ++compared;
    }
  }
  EXPECT_EQ(compared, std::size(expected));
  pmon_bpf__destroy(skeleton);
}

TEST(Object, DetachLeavesNothing) {
  const auto programs = programs_in_kernel();
  const auto maps = ledgers_in_kernel();
  {
    Host host;
    EXPECT_GT(programs_in_kernel().size(), programs.size());
    EXPECT_GT(ledgers_in_kernel().size(), maps.size());
  }
  EXPECT_TRUE(vanishes(programs_in_kernel, programs));
  EXPECT_TRUE(vanishes(ledgers_in_kernel, maps));
}

TEST(Object, KillLeavesNothing) {
  const auto programs = programs_in_kernel();
  const auto maps = ledgers_in_kernel();
  Child child([](const Child::Step& step) {
    const Host host;
    step();
    pause();
  });
  child.await_step();
  EXPECT_GT(programs_in_kernel().size(), programs.size());
  kill(child.pid(), SIGKILL);
  child.wait();
  EXPECT_TRUE(vanishes(programs_in_kernel, programs));
  EXPECT_TRUE(vanishes(ledgers_in_kernel, maps));
}

TEST(Object, EveryFeatureIsThere) {
  Host host;
  for (const Feature& feature : host.collector().capabilities().features) {
    ADD_FAILURE() << feature.name << " is " << mode_name(feature.mode) << ": " << feature.reason;
  }
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
