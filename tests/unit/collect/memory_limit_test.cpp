// SPDX-License-Identifier: Apache-2.0
#include "collect/memory_limit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "../../fixtures/fake_process.h"

namespace pmon::proc {
namespace {

using fixtures::FileTree;

constexpr Timestamp kAge = 10'000;

MemoryLimits open_limits(const FileTree& tree) {
  auto limits = MemoryLimits::open({.proc = tree.path("proc"), .cgroup = tree.path("cgroup")});
  EXPECT_TRUE(limits.has_value());
  return std::move(*limits);
}

std::optional<std::uint64_t> limit_of(const FileTree& tree, int pid = 5) {
  MemoryLimits limits = open_limits(tree);
  return limits.bytes(limits.cgroup_of(pid), 0, kAge);
}

TEST(MemoryLimits, LowestOfTheAncestorsOnV2) {
  const FileTree tree{{"proc/meminfo", "MemTotal: 1000 kB\n"},   {"proc/5/cgroup", "0::/a/b/c\n"},
                      {"cgroup/cgroup.controllers", "memory\n"}, {"cgroup/a/memory.max", "300000\n"},
                      {"cgroup/a/b/memory.max", "max\n"},        {"cgroup/a/b/c/memory.max", "400000\n"}};
  EXPECT_EQ(limit_of(tree), 300000U);
}

TEST(MemoryLimits, TheContainersOwnCgroupIsTheRootInsideItsNamespace) {
  const FileTree tree{{"proc/meminfo", "MemTotal: 1000 kB\n"}, {"proc/5/cgroup", "0::/\n"},
                      {"proc/6/cgroup", "0::/../sibling\n"},   {"cgroup/cgroup.controllers", "memory\n"},
                      {"cgroup/memory.max", "77\n"},           {"sibling/memory.max", "11\n"}};
  EXPECT_EQ(limit_of(tree, 5), 77U);
  EXPECT_EQ(limit_of(tree, 6), 77U);
}

TEST(MemoryLimits, HybridHierarchies) {
  const FileTree tree{{"proc/meminfo", "MemTotal: 1000 kB\n"},
                      {"proc/5/cgroup", "4:memory:/x/y\n1:name=systemd:/\n0::/\n"},
                      {"cgroup/unified/cgroup.controllers", "\n"},
                      {"cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"},
                      {"cgroup/memory/x/memory.limit_in_bytes", "500000\n"},
                      {"cgroup/memory/x/y/memory.limit_in_bytes", "9223372036854771712\n"}};
  EXPECT_EQ(limit_of(tree), 500000U);
}

TEST(MemoryLimits, WithoutAnyOtherTheHostsMemoryBinds) {
  EXPECT_EQ(limit_of(FileTree{{"proc/meminfo", "MemTotal: 1000 kB\n"}, {"proc/5/cgroup", "0::/a\n"}}), 1024000U);
  EXPECT_EQ(limit_of(FileTree{{"proc/meminfo", "MemTotal: 1000 kB\n"}}), 1024000U);
  const FileTree above{{"proc/meminfo", "MemTotal: 1000 kB\n"},
                       {"proc/5/cgroup", "4:memory:/\n"},
                       {"cgroup/memory/memory.limit_in_bytes", "9999999\n"}};
  EXPECT_EQ(limit_of(above), 1024000U);
}

TEST(MemoryLimits, AbsentWhereNothingIsKnown) {
  const FileTree tree{{"proc/5/cgroup", "4:memory:/\n"},
                      {"cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"}};
  EXPECT_FALSE(limit_of(tree));
}

TEST(MemoryLimits, ARemovedCgroupLeavesItsAncestors) {
  const FileTree tree{{"proc/meminfo", "MemTotal: 1000 kB\n"},
                      {"proc/5/cgroup", "0::/a/gone (deleted)\n"},
                      {"cgroup/cgroup.controllers", "memory\n"},
                      {"cgroup/a/memory.max", "300000\n"}};
  EXPECT_EQ(limit_of(tree), 300000U);
}

TEST(MemoryLimits, ReadAgainOnlyWhenOlderThanAsked) {
  const FileTree tree{{"proc/meminfo", "MemTotal: 1000 kB\n"},
                      {"proc/5/cgroup", "0::/a\n"},
                      {"proc/6/cgroup", "0::/a\n"},
                      {"cgroup/cgroup.controllers", "memory\n"},
                      {"cgroup/a/memory.max", "1000\n"}};
  MemoryLimits limits = open_limits(tree);
  const auto five = limits.cgroup_of(5);
  EXPECT_EQ(five, limits.cgroup_of(6)) << "processes of one cgroup share the reading";
  EXPECT_EQ(limits.bytes(five, 100'000, kAge), 1000U);
  tree.write("cgroup/a/memory.max", "2000\n");
  EXPECT_EQ(limits.bytes(five, 100'000 + kAge, kAge), 1000U);
  EXPECT_EQ(limits.bytes(five, 100'001 + kAge, kAge), 2000U);
  tree.write("cgroup/a/memory.max", "3000\n");
  EXPECT_EQ(limits.bytes(five, 50'000, kAge), 3000U) << "the clock was set back";
}

TEST(MemoryLimits, ForgetsCgroupsThatNobodyUses) {
  const FileTree tree{{"proc/meminfo", "MemTotal: 1000 kB\n"}};
  MemoryLimits limits = open_limits(tree);
  for (int i = 0; i < 200; ++i) {
    tree.write("proc/5/cgroup", fmt::format("0::/scope-{}\n", i));
    (void)limits.cgroup_of(5);
  }
  EXPECT_LE(limits.cached(), 64U);
}

TEST(MemoryLimits, WithoutProcThereIsNone) {
  const auto limits = MemoryLimits::open({.proc = "/nonexistent/proc"});
  ASSERT_FALSE(limits);
  EXPECT_EQ(limits.error().text(), "open /nonexistent/proc: No such file or directory");
}

}  // namespace
}  // namespace pmon::proc
