// SPDX-License-Identifier: Apache-2.0
#include "cli/host_facts.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "../../support/temp_folder.h"

namespace pmon::cli {
namespace {

namespace fs = std::filesystem;

class FakeHost : public testing::Test {
 protected:
  void file(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }

  const test::TempFolder folder_;
  const std::string root_ = folder_.path();
};

TEST_F(FakeHost, IsReadAsLaidOut) {
  file("/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
  file("/proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
  file("/proc/self/status", "Name:\tpmon\nCapPrm:\t000001ffffffffff\nCapEff:\t000000c000000000\nSeccomp:\t0\n");
  file("/sys/kernel/btf/vmlinux", "x");
  file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  file("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  fs::create_directories(root_ + "/proc/self/ns");
  fs::create_symlink("pid:[4026531836]", root_ + "/proc/self/ns/pid");
  const HostFacts facts = read_host_facts(root_);
  EXPECT_EQ(facts.kernel_release, "6.1.0-13-amd64");
  EXPECT_TRUE(facts.btf);
  EXPECT_EQ(facts.capabilities, 1ULL << kCapBpf | 1ULL << kCapPerfmon);
  EXPECT_EQ(facts.pid_namespace, kHostPidNamespace);
  EXPECT_EQ(facts.unprivileged_bpf_disabled, 2);
  EXPECT_EQ(facts.lockdown, "integrity");
  EXPECT_EQ(facts.cgroups, HostFacts::Cgroups::kUnified);
}

TEST_F(FakeHost, WhatCannotBeReadIsNotKnown) {
  const HostFacts facts = read_host_facts(root_);
  EXPECT_EQ(facts.kernel_release, std::nullopt);
  EXPECT_FALSE(facts.btf);
  EXPECT_EQ(facts.capabilities, std::nullopt);
  EXPECT_EQ(facts.pid_namespace, std::nullopt);
  EXPECT_EQ(facts.unprivileged_bpf_disabled, std::nullopt);
  EXPECT_EQ(facts.lockdown, std::nullopt);
  EXPECT_EQ(facts.cgroups, HostFacts::Cgroups::kNone);
}

TEST_F(FakeHost, TellsTheCgroupVersionsApart) {
  fs::create_directories(root_ + "/sys/fs/cgroup/memory");
  EXPECT_EQ(read_host_facts(root_).cgroups, HostFacts::Cgroups::kV1);
  file("/sys/fs/cgroup/unified/cgroup.controllers", "");
  EXPECT_EQ(read_host_facts(root_).cgroups, HostFacts::Cgroups::kHybrid);
}

TEST(ThisHost, IsUnderstood) {
  const HostFacts facts = read_host_facts();
  EXPECT_TRUE(facts.kernel_release.has_value());
  EXPECT_TRUE(facts.capabilities.has_value());
  EXPECT_TRUE(facts.pid_namespace.has_value());
}

}  // namespace
}  // namespace pmon::cli
