// SPDX-License-Identifier: Apache-2.0
#include "collect/procfs_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <string>

#include "../../fixtures/fake_process.h"

namespace pmon {
namespace {

using fixtures::FakeProcess;
using fixtures::FileTree;

class Procfs : public testing::Test {
 protected:
  void open(std::optional<std::vector<std::int32_t>> only = {}) {
    auto collector = ProcfsCollector::open({.paths = {.proc = tree.path("proc"), .cgroup = tree.path("cgroup")},
                                            .cpu_clocks = false,
                                            .only = std::move(only)});
    ASSERT_TRUE(collector) << collector.error().text();
    collector_ = std::move(*collector);
  }
  // A tick `seconds` after boot.
  const Snapshot& tick(double seconds) {
    const Tick now{.now = 1'700'000'000'000 + static_cast<Timestamp>(seconds * 1000),
                   .boottime_ns = static_cast<std::uint64_t>(seconds * 1e9)};
    const auto collected = collector_->collect(now, snapshot_);
    EXPECT_TRUE(collected) << collected.error().text();
    return snapshot_;
  }
  const ProcessSample* find(std::int32_t pid) {
    const auto found = std::ranges::find(snapshot_.processes, pid, [](const auto& p) { return p.key.pid; });
    return found == snapshot_.processes.end() ? nullptr : &*found;
  }
  std::uint64_t lost(const std::string& cause) {
    return std::ranges::find(snapshot_.losses, cause, &Loss::cause)->total;
  }

  FileTree tree{fixtures::kHostFiles};
  std::unique_ptr<ProcfsCollector> collector_;
  Snapshot snapshot_;
};

TEST_F(Procfs, MeasuresAProcess) {
  FakeProcess{.pid = 40,
              .comm = "a (b",
              .parent = 7,
              .minor_faults = 11,
              .major_faults = 12,
              .user_ticks = 150,
              .system_ticks = 50,
              .threads = 3,
              .start_ticks = 2000,
              .uid = 33,
              .anon_kb = 400}
      .put(tree);
  open();
  tick(100);
  ASSERT_EQ(snapshot_.processes.size(), 1U);
  const ProcessSample& sample = snapshot_.processes[0];
  EXPECT_EQ(sample.key, (ProcessKey{40, 2000}));
  EXPECT_EQ(sample.parent_pid, 7);
  EXPECT_EQ(sample.uid, 33U);
  EXPECT_EQ(sample.comm, "a (b");
  EXPECT_FALSE(sample.born) << "it was there before we looked";
  const double hz = static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::map<Metric, double> expected = {
      {Metric::kCPU, 200 / hz},
      {Metric::kMINOR_FAULTS, 11},
      {Metric::kMAJOR_FAULTS, 12},
      {Metric::kTHREADS, 3},
      {Metric::kANON, 400 * 1024},
      {Metric::kFILE, 300 * 1024},
      {Metric::kSHMEM, 20 * 1024},
      {Metric::kSWAP, 64 * 1024},
      {Metric::kHEAP, 1000 * 1024},
      {Metric::kVIRTUAL, 8000 * 1024},
      {Metric::kRESIDENT, 720 * 1024},
      {Metric::kSTART_TIME, 1'700'000'000 + 2000 / hz},
      {Metric::kMEMORY_LIMIT, 16777216.0 * 1024},
  };
  for (const MetricInfo& metric : metric_table()) {
    const auto found = expected.find(metric.metric);
    EXPECT_EQ(sample.metrics.has(metric.metric), found != expected.end()) << metric.name;
    EXPECT_EQ(collector_->capabilities().has(metric.metric), found != expected.end()) << metric.name;
    EXPECT_EQ(collector_->capabilities().why_missing(metric.metric).empty(), found != expected.end()) << metric.name;
    if (found == expected.end()) continue;
    EXPECT_DOUBLE_EQ(sample.metrics.at(metric.metric), found->second) << metric.name;
  }
}

TEST_F(Procfs, KernelThreadsAreNoProcesses) {
  FakeProcess{.pid = 2, .comm = "kthreadd", .flags = 0x00208040, .anon_kb = {}}.put(tree);
  FakeProcess{.pid = 3}.put(tree);
  open();
  tick(100);
  EXPECT_EQ(find(2), nullptr);
  EXPECT_NE(find(3), nullptr);
}

TEST_F(Procfs, BirthAndEnd) {
  FakeProcess{.pid = 3, .start_ticks = 100}.put(tree);
  open();
  tick(100);
  FakeProcess{.pid = 4, .user_ticks = 5, .start_ticks = 10'050}.put(tree);
  tick(101);
  EXPECT_FALSE(find(3)->born);
  EXPECT_TRUE(find(4)->born);
  FakeProcess{.pid = 4, .user_ticks = 9, .start_ticks = 10'050}.put(tree);
  tick(102);
  EXPECT_FALSE(find(4)->born);
  EXPECT_FALSE(find(4)->exit);
  tree.remove("proc/4");
  tick(103);
  ASSERT_NE(find(4), nullptr);
  ASSERT_TRUE(find(4)->exit);
  EXPECT_FALSE(find(4)->exit->code) << "nobody told us";
  EXPECT_FALSE(find(4)->exit->signal);
  EXPECT_NEAR(*find(4)->exit->lifetime_seconds, 2.5, 1e-9);
  EXPECT_EQ(find(4)->metrics.at(Metric::kCPU), 9.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
  tick(104);
  EXPECT_EQ(find(4), nullptr) << "an end is reported once";
  EXPECT_FALSE(find(3)->exit);
}

TEST_F(Procfs, OnlyThoseAskedForAreLookedAt) {
  for (const int pid : {3, 4, 5}) FakeProcess{.pid = pid}.put(tree);
  tree.write({{"proc/4/stat", "nonsense"}});
  open({{5, 3, 9, 3}});
  tick(100);
  ASSERT_EQ(snapshot_.processes.size(), 2U);
  EXPECT_EQ(snapshot_.processes[0].key.pid, 3);
  EXPECT_EQ(snapshot_.processes[1].key.pid, 5);
  EXPECT_EQ(lost("proc_malformed"), 0U) << "nobody reads the others";
  tree.remove("proc/3");
  tick(101);
  ASSERT_NE(find(3), nullptr);
  EXPECT_TRUE(find(3)->exit);
  FakeProcess{.pid = 3, .start_ticks = 10'150}.put(tree);
  tick(102);
  ASSERT_NE(find(3), nullptr);
  EXPECT_EQ(find(3)->key.start_ticks, 10'150U);
  EXPECT_TRUE(find(3)->born);
}

TEST_F(Procfs, AZombieTellsItsWaitStatusOnce) {
  FakeProcess{.pid = 4, .start_ticks = 100}.put(tree);
  FakeProcess{.pid = 5, .start_ticks = 100, .anon_kb = 700}.put(tree);
  open();
  tick(100);
  FakeProcess{.pid = 4, .state = 'Z', .wait_status = 7 << 8, .anon_kb = {}}.put(tree);
  FakeProcess{.pid = 5, .state = 'Z', .user_ticks = 300, .wait_status = 11 | 0x80, .anon_kb = {}}.put(tree);
  tick(101);
  ASSERT_TRUE(find(4)->exit && find(5)->exit);
  EXPECT_EQ(find(4)->exit->code, 7);
  EXPECT_EQ(find(4)->exit->signal, 0);
  EXPECT_EQ(find(5)->exit->code, 0);
  EXPECT_EQ(find(5)->exit->signal, 11);
  EXPECT_EQ(find(5)->metrics.at(Metric::kCPU), 300.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
  EXPECT_EQ(find(5)->metrics.at(Metric::kANON), 700 * 1024) << "as last seen";
  tick(102);
  EXPECT_TRUE(snapshot_.processes.empty());
  tree.remove("proc/4");
  tick(103);
  EXPECT_TRUE(snapshot_.processes.empty());
}

TEST_F(Procfs, ZombiesFoundAtTheStartAreNoNews) {
  FakeProcess{.pid = 4, .state = 'Z', .anon_kb = {}}.put(tree);
  open();
  tick(100);
  EXPECT_TRUE(snapshot_.processes.empty());
  FakeProcess{.pid = 6, .state = 'Z', .user_ticks = 2, .start_ticks = 10'010, .wait_status = 9, .anon_kb = {}}.put(
      tree);
  tick(101);
  ASSERT_EQ(snapshot_.processes.size(), 1U);
  EXPECT_TRUE(snapshot_.processes[0].born) << "born and ended since the last tick";
  EXPECT_EQ(snapshot_.processes[0].exit->signal, 9);
}

TEST_F(Procfs, AReusedPidIsAnotherProcess) {
  FakeProcess{.pid = 4, .comm = "old", .user_ticks = 900, .start_ticks = 100}.put(tree);
  open();
  tick(100);
  FakeProcess{.pid = 4, .comm = "new", .user_ticks = 1, .start_ticks = 10'020}.put(tree);
  tick(101);
  ASSERT_EQ(snapshot_.processes.size(), 2U);
  EXPECT_EQ(snapshot_.processes[0].comm, "old");
  EXPECT_TRUE(snapshot_.processes[0].exit);
  EXPECT_EQ(snapshot_.processes[1].comm, "new");
  EXPECT_TRUE(snapshot_.processes[1].born);
  EXPECT_FALSE(snapshot_.processes[1].exit);
}

TEST_F(Procfs, TheParentOfTheBirthStays) {
  FakeProcess{.pid = 4, .parent = 3}.put(tree);
  open();
  tick(100);
  FakeProcess{.pid = 4, .comm = "execed", .parent = 1}.put(tree);
  tick(101);
  EXPECT_EQ(find(4)->parent_pid, 3);
  EXPECT_EQ(find(4)->comm, "execed");
}

TEST_F(Procfs, MemoryOfAProcessWhoseLeaderEndedFirst) {
  FakeProcess{.pid = 4, .state = 'Z', .threads = 2, .anon_kb = {}}.put(tree);
  const FakeProcess thread{.pid = 9, .anon_kb = 512};
  tree.write({{"proc/4/task/4/status", FakeProcess{.pid = 4, .anon_kb = {}}.status()},
              {"proc/4/task/9/status", thread.status()}});
  open();
  tick(100);
  ASSERT_NE(find(4), nullptr);
  EXPECT_FALSE(find(4)->exit);
  EXPECT_EQ(find(4)->metrics.get(Metric::kANON), 512 * 1024);
}

TEST_F(Procfs, UnreadableIsALossAndNoEnd) {
  FakeProcess{.pid = 4}.put(tree);
  open();
  tick(100);
  EXPECT_EQ(lost("proc_malformed"), 0U);
  tree.write("proc/4/stat", "4 (worker) S 1 1");
  tick(101);
  EXPECT_TRUE(snapshot_.processes.empty());
  EXPECT_EQ(lost("proc_malformed"), 1U);
  FakeProcess{.pid = 4}.put(tree);
  tick(102);
  ASSERT_NE(find(4), nullptr);
  EXPECT_FALSE(find(4)->born);
  tree.remove("proc/4/stat");  // gone between the listing and the reading
  tick(103);
  ASSERT_TRUE(find(4)->exit);
  EXPECT_EQ(lost("proc_malformed") + lost("proc_denied") + lost("proc_failed"), 1U);
}

TEST_F(Procfs, SeenLateIsNotBorn) {
  open();
  tick(100);
  FakeProcess{.pid = 4, .start_ticks = 500}.put(tree);
  tick(101);
  EXPECT_FALSE(find(4)->born);
}

TEST_F(Procfs, CountersNeverGoBackwards) {
  FakeProcess{.pid = 4, .user_ticks = 500}.put(tree);
  open();
  tick(100);
  const double before = find(4)->metrics.at(Metric::kCPU);
  FakeProcess{.pid = 4, .user_ticks = 499}.put(tree);
  tick(101);
  EXPECT_EQ(find(4)->metrics.at(Metric::kCPU), before);
}

TEST_F(Procfs, HiddenProcessesAreAnnouncedOnce) {
  tree.write("proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw,hidepid=2\n");
  open();
  tick(100);
  ASSERT_EQ(snapshot_.notices.size(), 1U);
  EXPECT_EQ(snapshot_.notices[0].code, "proc_hidden");
  EXPECT_THAT(snapshot_.notices[0].text, testing::HasSubstr("hidepid=2"));
  EXPECT_EQ(collector_->capabilities().features.back().name, "other_users");
  tick(101);
  EXPECT_TRUE(snapshot_.notices.empty());
  FakeProcess{.pid = 1}.put(tree);  // visible all the same: we are privileged
  open();
  tick(102);
  EXPECT_TRUE(snapshot_.notices.empty());
}

TEST_F(Procfs, WithoutABootTimeThereIsNoStartTime) {
  tree.write("proc/stat", "cpu 1\n");
  FakeProcess{.pid = 4}.put(tree);
  open();
  tick(100);
  EXPECT_FALSE(find(4)->metrics.has(Metric::kSTART_TIME));
  EXPECT_FALSE(collector_->capabilities().has(Metric::kSTART_TIME));
}

TEST_F(Procfs, WithoutAProcThereIsNoCollector) {
  EXPECT_FALSE(ProcfsCollector::open({.paths = {.proc = tree.path("nothing")}}));
}

// Against the real /proc: ourselves and a child that burns CPU, ends and stays a zombie.
TEST(ProcfsOfThisHost, SeesOurChildBurnCpuAndEnd) {
  auto collector = ProcfsCollector::open();
  ASSERT_TRUE(collector) << collector.error().text();
  Snapshot snapshot;
  const auto collect = [&] {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const auto ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
    ASSERT_TRUE((*collector)->collect({.now = 1'700'000'000'000, .boottime_ns = ns}, snapshot));
  };
  const auto find = [&](pid_t pid) {
    return std::ranges::find(snapshot.processes, pid, [](const auto& p) { return p.key.pid; });
  };
  collect();
  ASSERT_NE(find(getpid()), snapshot.processes.end());
  EXPECT_GT(find(getpid())->metrics.at(Metric::kANON), 0);
  const pid_t child = fork();
  if (child == 0) {
    timespec used{};
    while (used.tv_sec == 0 && used.tv_nsec < 35'000'000) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    _exit(42);
  }
  siginfo_t ended{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  collect();
  const auto sample = find(child);
  ASSERT_NE(sample, snapshot.processes.end());
  EXPECT_TRUE(sample->born);
  ASSERT_TRUE(sample->exit);
  EXPECT_EQ(sample->exit->code, 42);
  EXPECT_EQ(sample->exit->signal, 0);
  EXPECT_GE(sample->metrics.at(Metric::kCPU), 0.035);
  EXPECT_LT(sample->metrics.at(Metric::kCPU), 0.045) << "finer than a clock tick";
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace pmon
