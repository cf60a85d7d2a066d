// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "../../fixtures/fake_process.h"
#include "collect/proc_cgroup.h"
#include "collect/proc_scan.h"
#include "collect/proc_stat.h"
#include "collect/proc_status.h"
#include "collect/proc_system.h"

namespace pmon::proc {
namespace {

using fixtures::FakeProcess;

TEST(ParseNumber, TakesNothingButTheWholeNumber) {
  EXPECT_EQ(parse_number<std::uint32_t>("42"), 42U);
  EXPECT_EQ(parse_number<std::int32_t>("-42"), -42);
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "0x1", "1a", "4294967296"}) {
    EXPECT_FALSE(parse_number<std::uint32_t>(text)) << text;
  }
}

TEST(ParseStat, ReadsEachField) {
  const FakeProcess process{.pid = 123,
                            .comm = "nginx",
                            .state = 'R',
                            .parent = 7,
                            .flags = 0x00400100,
                            .minor_faults = 1001,
                            .major_faults = 1002,
                            .user_ticks = 1003,
                            .system_ticks = 1004,
                            .threads = 1005,
                            .start_ticks = 1006,
                            .wait_status = 139};
  const std::string text = process.stat();
  const auto stat = parse_stat(text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->pid, 123);
  EXPECT_EQ(stat->comm, "nginx");
  EXPECT_EQ(stat->state, 'R');
  EXPECT_EQ(stat->parent_pid, 7);
  EXPECT_EQ(stat->flags, 0x00400100U);
  EXPECT_EQ(stat->minor_faults, 1001U);
  EXPECT_EQ(stat->major_faults, 1002U);
  EXPECT_EQ(stat->user_ticks, 1003U);
  EXPECT_EQ(stat->system_ticks, 1004U);
  EXPECT_EQ(stat->threads, 1005U);
  EXPECT_EQ(stat->start_ticks, 1006U);
  EXPECT_EQ(stat->wait_status, 139);
}

class HostileComm : public testing::TestWithParam<std::string> {};

TEST_P(HostileComm, IsTakenAsItIs) {
  FakeProcess process{.pid = 5, .comm = GetParam(), .parent = 9, .start_ticks = 4242};
  const std::string text = process.stat();
  const auto stat = parse_stat(text);
  ASSERT_TRUE(stat) << text;
  EXPECT_EQ(stat->comm, GetParam());
  EXPECT_EQ(stat->parent_pid, 9);
  EXPECT_EQ(stat->start_ticks, 4242U);
}

INSTANTIATE_TEST_SUITE_P(ParseStat, HostileComm,
                         testing::Values("", " ", "a b", "(sd-pam)", ") R 1 1 1 (", "))))", "((((", ") (", "x\ny",
                                         "1 (x) S 2 3\n", "tab\there", "\xff\xfe", "Z (dead) Z"));

TEST(ParseStat, RefusesWhatTheKernelDoesNotWrite) {
  const std::string good = FakeProcess{.pid = 5}.stat();
  ASSERT_TRUE(parse_stat(good));
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(parse_stat(good.substr(0, length))) << "cut at " << length;
  }
  for (const char* text :
       {"\n", "5 (x) \n", "5 (x)\n", "x (y) S 1\n", "5 (x) S 1 1 1 1 1 1 1 1 1 1 1 1\n", "5) (x S 1\n",
        "5 (x) SS 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7\n", "5 (x) S y 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7\n",
        "5 (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 18446744073709551616\n"}) {
    EXPECT_FALSE(parse_stat(text)) << text;
  }
}

TEST(ParseStat, EndsAtTheStartTimeOnOldKernels) {
  const auto stat = parse_stat("5 (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->start_ticks, 7U);
  EXPECT_FALSE(stat->wait_status);
}

TEST(ParseStat, ALeaderThatEndedFirstIsNotTheEndOfTheProcess) {
  const std::string alone = FakeProcess{.state = 'Z', .threads = 1}.stat();
  const std::string survived = FakeProcess{.state = 'Z', .threads = 3}.stat();
  EXPECT_TRUE(parse_stat(alone)->ended());
  EXPECT_FALSE(parse_stat(survived)->ended());
  EXPECT_TRUE(parse_stat(survived)->leader_ended());
}

TEST(ParseStatus, ReadsMemoryInBytes) {
  const auto status = parse_status(FakeProcess{.pid = 9, .uid = 33, .anon_kb = 500}.status());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->tgid, 9);
  EXPECT_EQ(status->pid, 9);
  EXPECT_THAT(status->uids, testing::Each(33U));
  EXPECT_EQ(status->virtual_bytes, 8000U * 1024);
  EXPECT_EQ(status->resident_bytes, 820U * 1024);
  EXPECT_EQ(status->anon_bytes, 500U * 1024);
  EXPECT_EQ(status->file_bytes, 300U * 1024);
  EXPECT_EQ(status->shmem_bytes, 20U * 1024);
  EXPECT_EQ(status->heap_bytes, 1000U * 1024);
  EXPECT_EQ(status->swap_bytes, 64U * 1024);
}

TEST(ParseStatus, MissingMemoryIsMissing) {
  const auto status = parse_status(FakeProcess{.anon_kb = std::nullopt}.status());
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->anon_bytes);
  EXPECT_FALSE(status->resident_bytes);
  EXPECT_FALSE(status->swap_bytes);
}

TEST(ParseStatus, RefusesWhatTheKernelDoesNotWrite) {
  const std::string ids = "Tgid:\t1\nPid:\t1\n";
  ASSERT_TRUE(parse_status(ids));
  for (const char* line :
       {"VmRSS:\t12\n", "VmRSS:\t12 MB\n", "VmRSS:\t-12 kB\n", "VmRSS:\t12 kB more\n", "VmRSS:\t\n", "no colon\n",
        ":\n", "Uid:\t1\t2\n", "Pid:\tx\n", "Pid:\t1 2\n", "VmRSS:\t18014398509481985 kB\n", "VmRSS:\t12 kB"}) {
    EXPECT_FALSE(parse_status(ids + line)) << line;
  }
  EXPECT_FALSE(parse_status(""));
  EXPECT_FALSE(parse_status("Name:\tx\n"));
}

TEST(ParseCgroup, ReadsBothVersions) {
  const auto lines = parse_cgroup("12:cpu,cpuacct:/a\n4:memory:/x:y/z\n1:name=systemd:/\n0::/system.slice/a.service\n");
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 4U);
  EXPECT_TRUE((*lines)[0].has_controller("cpuacct"));
  EXPECT_FALSE((*lines)[0].has_controller("cpua"));
  EXPECT_TRUE((*lines)[1].has_controller("memory"));
  EXPECT_EQ((*lines)[1].path, "/x:y/z");
  EXPECT_FALSE((*lines)[2].unified());
  EXPECT_TRUE((*lines)[3].unified());
  EXPECT_EQ((*lines)[3].path, "/system.slice/a.service");
  for (const char* text : {"0::\n", "0:/x\n", "x::/\n", "\n", "0::relative\n"})
    EXPECT_FALSE(parse_cgroup(text)) << text;
}

TEST(CgroupPath, ComponentsAndDescent) {
  EXPECT_TRUE(has_component("/system.slice/nginx.service/worker", "nginx.service"));
  EXPECT_FALSE(has_component("/system.slice/my-nginx.service", "nginx.service"));
  EXPECT_FALSE(has_component("/a//b", ""));
  EXPECT_TRUE(is_within("/a/b", "/a"));
  EXPECT_TRUE(is_within("/a/b", "/a/"));
  EXPECT_TRUE(is_within("/a", "/a"));
  EXPECT_FALSE(is_within("/ab", "/a"));
  EXPECT_TRUE(is_within("/ab", "/"));
}

TEST(System, BootTimeAndMemory) {
  EXPECT_EQ(parse_boot_time("cpu 1\nbtime 17\n"), 17);
  EXPECT_FALSE(parse_boot_time("cpu 1\nbtime x\n"));
  EXPECT_FALSE(parse_boot_time(""));
  EXPECT_EQ(parse_memory_total("MemFree: 1 kB\nMemTotal:    2 kB\n"), 2048U);
  EXPECT_FALSE(parse_memory_total("MemTotal:    2\n"));
  EXPECT_EQ(parse_thread_count("0.51 0.32 0.18 2/66012 31337\n"), 66012U);
  EXPECT_FALSE(parse_thread_count("0.51 0.32 0.18\n"));
}

TEST(System, HidepidOfTheMountInForce) {
  const std::string plain = "22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw\n";
  const std::string hidden = "22 27 0:21 / /proc rw - proc proc rw,gid=5,hidepid=invisible,subset=pid\n";
  const std::string other = "22 27 0:21 / /chroot/proc rw - proc proc rw,hidepid=2\n";
  EXPECT_FALSE(parse_hidepid(plain + other, "/proc"));
  EXPECT_EQ(parse_hidepid(plain + hidden, "/proc"), "invisible");
  EXPECT_FALSE(parse_hidepid(hidden + plain, "/proc"));
  EXPECT_FALSE(parse_hidepid("22 27 0:21 / /proc rw - proc proc rw,hidepid=0\n", "/proc"));
}

}  // namespace
}  // namespace pmon::proc
