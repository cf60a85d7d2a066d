// SPDX-License-Identifier: Apache-2.0
#include "monitor/targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "../../fixtures/fake_process.h"

namespace pmon::monitor {
namespace {

using fixtures::FakeProcess;
using fixtures::FileTree;
using testing::ElementsAre;
using testing::IsEmpty;

struct Seen {
  std::int32_t pid;
  std::int32_t parent;
  std::uint64_t start;
  std::string comm = "other";
  std::uint32_t execs = 0;
  bool ended = false;
};

class TargetsTest : public testing::Test {
 protected:
  void make(TargetSpec spec) {
    auto targets = Targets::make(std::move(spec), {.proc = tree.path("proc"), .cgroup = tree.path("cgroup")});
    ASSERT_TRUE(targets) << targets.error().text();
    targets_.emplace(std::move(*targets));
  }
  // The pids of the targets of one tick, ascending.
  std::vector<std::int32_t> tick(const std::vector<Seen>& processes) {
    Snapshot snapshot;
    for (const Seen& seen : processes) {
      ProcessSample& sample = snapshot.processes.emplace_back();
      sample.key = {seen.pid, seen.start};
      sample.parent_pid = seen.parent;
      sample.comm = seen.comm;
      sample.exec_count = seen.execs;
      if (seen.ended) sample.exit.emplace();
    }
    const std::vector<TargetNumber>& numbers = targets_->update(snapshot);
    std::vector<std::int32_t> pids;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] != 0) pids.push_back(processes[i].pid);
    }
    std::ranges::sort(pids);
    return pids;
  }

  FileTree tree{fixtures::kHostFiles};
  std::optional<Targets> targets_;
};

TEST_F(TargetsTest, APidAndItsDescendants) {
  FakeProcess{.pid = 10, .start_ticks = 50}.put(tree);
  make({.pids = {10}});
  EXPECT_FALSE(targets_->all_ended()) << "nothing was looked at yet";
  EXPECT_THAT(tick({{5, 1, 40}, {10, 1, 50}, {11, 10, 60}, {12, 11, 70}, {13, 5, 80}}), ElementsAre(10, 11, 12));
  EXPECT_TRUE(targets_->changed());
  EXPECT_EQ(targets_->living(), 3U);
  EXPECT_THAT(tick({{5, 1, 40}, {10, 1, 50}, {11, 10, 60}, {12, 11, 70}, {13, 5, 80}}), ElementsAre(10, 11, 12));
  EXPECT_FALSE(targets_->changed());
  EXPECT_THAT(tick({{10, 1, 50}, {14, 12, 90}}), ElementsAre(10, 14));
}

TEST_F(TargetsTest, WithoutChildren) {
  FakeProcess{.pid = 10, .start_ticks = 50}.put(tree);
  make({.pids = {10}, .children = false});
  EXPECT_THAT(tick({{10, 1, 50}, {11, 10, 60}}), ElementsAre(10));
}

TEST_F(TargetsTest, GenerationsOfOneTickInAnyOrder) {
  FakeProcess{.pid = 10, .start_ticks = 50}.put(tree);
  make({.pids = {10}});
  tick({{10, 1, 50}});
  // The great-grandchild comes first, the pids have wrapped, two are born in one clock tick, and the
  // ones between have ended before they were seen alive.
  EXPECT_THAT(
      tick({{3, 4, 61}, {4, 900, 61, "other", 0, true}, {10, 1, 50}, {800, 1, 61}, {900, 10, 60, "other", 0, true}}),
      ElementsAre(3, 4, 10, 900));
  EXPECT_EQ(targets_->living(), 2U);
}

TEST_F(TargetsTest, AChildReportedAfterItsParentEnded) {
  FakeProcess{.pid = 10, .start_ticks = 50}.put(tree);
  make({.pids = {10}});
  tick({{10, 1, 50}});
  tick({{10, 1, 50, "other", 0, true}});
  EXPECT_TRUE(targets_->all_ended());
  EXPECT_THAT(tick({{11, 10, 60}}), ElementsAre(11));
  EXPECT_FALSE(targets_->all_ended());
  EXPECT_THAT(targets_->down_targets(), ElementsAre("pid 10"));
}

TEST_F(TargetsTest, AReusedPidIsNoTarget) {
  FakeProcess{.pid = 10, .start_ticks = 50}.put(tree);
  make({.pids = {10}});
  tick({{10, 1, 50}});
  EXPECT_THAT(tick({{10, 1, 50, "other", 0, true}, {11, 10, 70}, {10, 1, 80}, {12, 10, 90}}), ElementsAre(10, 11));
  EXPECT_THAT(tick({{11, 10, 70}, {10, 1, 80}, {12, 10, 90}, {13, 10, 95}}), ElementsAre(11));
  EXPECT_THAT(targets_->down_targets(), ElementsAre("pid 10"));
}

TEST_F(TargetsTest, ATargetThatASnapshotLeftOutStillLives) {
  FakeProcess{.pid = 10, .start_ticks = 50}.put(tree);
  make({.pids = {10}});
  tick({{10, 1, 50}});
  tick({{5, 1, 40}});
  EXPECT_FALSE(targets_->all_ended());
  EXPECT_THAT(targets_->down_targets(), IsEmpty());
  for (int i = 0; i < 3; ++i) tick({{5, 1, 40}});
  EXPECT_TRUE(targets_->all_ended());
  EXPECT_THAT(targets_->down_targets(), ElementsAre("pid 10"));
}

TEST_F(TargetsTest, NamesAreFoundAnywhereInCommOrExecutable) {
  FakeProcess{.pid = 10, .comm = "nginx"}.put(tree);
  FakeProcess{.pid = 11, .comm = "gunicorn: worke"}.put(tree);
  FakeProcess{.pid = 12, .comm = "x"}.put(tree);
  tree.link("proc/11/exe", "/usr/bin/python3.11");
  tree.link("proc/12/exe", "/opt/python-tools/y (deleted)");
  make({.names = {"ngi|python"}});
  EXPECT_THAT(tick({{10, 1, 1, "nginx"}, {11, 1, 2, "gunicorn: worke"}, {12, 1, 3, "x"}, {13, 1, 4, "worker"}}),
              ElementsAre(10, 11));
  make({.names = {"^y$"}});
  EXPECT_THAT(tick({{12, 1, 3, "x"}}), ElementsAre(12));
}

TEST_F(TargetsTest, TheMonitorDoesNotMatchItself) {
  FakeProcess{.pid = 10, .comm = "pmon"}.put(tree);
  FakeProcess{.pid = 11, .comm = "pmon"}.put(tree);
  make({.names = {"pmon"}, .self_pid = 10});
  EXPECT_THAT(tick({{10, 11, 3, "pmon"}, {11, 1, 2, "pmon"}}), ElementsAre(11)) << "nor as a descendant";
  make({.pids = {10}, .self_pid = 10});
  EXPECT_THAT(tick({{10, 1, 100, "pmon"}}), ElementsAre(10));
}

TEST_F(TargetsTest, TheMatchIsTakenAgainAfterAnExec) {
  make({.names = {"^web$"}, .wait = true});
  EXPECT_THAT(tick({{10, 1, 1, "sh"}, {11, 10, 2, "sleep"}}), IsEmpty());
  EXPECT_THAT(tick({{10, 1, 1, "web", 1}, {11, 10, 2, "sleep"}}), ElementsAre(10, 11)) << "its child is found, too";
  EXPECT_TRUE(targets_->changed());
  EXPECT_THAT(tick({{10, 1, 1, "done", 2}, {11, 10, 2, "sleep"}}), ElementsAre(11)) << "descent is for life";
  EXPECT_THAT(targets_->down_targets(), ElementsAre("name ^web$"));
  tree.link("proc/10", "nowhere");
  EXPECT_THAT(tick({{10, 1, 1, "web", 2}}), ElementsAre(10)) << "without an exec event, by comm";
}

TEST_F(TargetsTest, AChildThatExecsAwayStaysADescendant) {
  make({.names = {"^web$"}, .wait = true});
  tick({{10, 1, 1, "web"}, {11, 10, 2, "web"}});
  EXPECT_THAT(tick({{10, 1, 1, "web", 0, true}, {11, 10, 2, "web"}}), ElementsAre(10, 11));
  for (int i = 0; i < 5; ++i) tick({{11, 10, 2, "web"}});
  EXPECT_THAT(tick({{11, 10, 2, "helper", 1}}), ElementsAre(11));
}

TEST_F(TargetsTest, WaitingForATargetThatComesAndGoes) {
  make({.names = {"web"}, .wait = true});
  EXPECT_THAT(tick({{5, 1, 1}}), IsEmpty());
  EXPECT_THAT(targets_->down_targets(), ElementsAre("name web"));
  EXPECT_FALSE(targets_->declared()[0].seen);
  tick({{5, 1, 1}, {10, 1, 9, "web"}});
  EXPECT_THAT(targets_->down_targets(), IsEmpty());
  tick({{5, 1, 1}, {10, 1, 9, "web", 0, true}});
  EXPECT_THAT(targets_->down_targets(), ElementsAre("name web"));
  EXPECT_TRUE(targets_->declared()[0].seen);
  EXPECT_FALSE(targets_->all_ended()) << "it may come back";
}

TEST_F(TargetsTest, EveryDeclarationIsATargetOfItsOwn) {
  FakeProcess{.pid = 10, .start_ticks = 50}.put(tree);
  FakeProcess{.pid = 20, .comm = "db"}.put(tree);
  FakeProcess{.pid = 30, .comm = "make", .start_ticks = 70}.put(tree);
  make({.pids = {10}, .names = {"db"}, .command_pid = 30, .command = "make"});
  tick({{10, 1, 50}, {20, 10, 60, "db"}, {30, 9, 70, "make"}, {31, 20, 80, "psql"}});
  std::vector<std::string> labels;
  for (const DeclaredTarget& target : targets_->declared()) labels.push_back(target.label);
  EXPECT_THAT(labels, ElementsAre("pid 10", "name db", "command make"));
  Snapshot snapshot;
  snapshot.processes.resize(2);
  snapshot.processes[0].key = {20, 60};
  snapshot.processes[0].comm = "db";
  snapshot.processes[1].key = {31, 80};
  snapshot.processes[1].comm = "psql";
  EXPECT_THAT(targets_->update(snapshot), ElementsAre(2U, 2U)) << "meant by name goes before descent";
}

TEST_F(TargetsTest, ThatACommandHasEndedIsNoNews) {
  FakeProcess{.pid = 30, .start_ticks = 300}.put(tree);
  make({.command_pid = 30, .command = "make"});
  tick({{30, 1, 300}});
  EXPECT_TRUE(targets_->declared()[0].up);
  tick({{30, 1, 300, "make", 0, true}, {31, 30, 310}});
  EXPECT_FALSE(targets_->declared()[0].up);
  EXPECT_FALSE(targets_->declared()[0].expected);
  EXPECT_THAT(targets_->down_targets(), IsEmpty());
  EXPECT_FALSE(targets_->all_ended()) << "its child lives";
}

// This test's own process lives, and no snapshot has it.
TEST_F(TargetsTest, OneThatLivesUnseenIsNotDown) {
  FakeProcess{.pid = getpid(), .start_ticks = 300}.put(tree);
  make({.pids = {getpid()}});
  tick({});
  EXPECT_FALSE(targets_->declared()[0].up);
  EXPECT_FALSE(targets_->declared()[0].expected);
  EXPECT_FALSE(targets_->all_ended());
}

TEST_F(TargetsTest, UnitsAndCgroups) {
  tree.write({{"cgroup/cgroup.controllers", "memory\n"}, {"cgroup/system.slice/web.service/", ""}});
  FakeProcess{.pid = 10, .cgroup = "0::/system.slice/web.service/payload\n"}.put(tree);
  FakeProcess{.pid = 11, .cgroup = "0::/system.slice/web.service.d\n"}.put(tree);
  FakeProcess{.pid = 12, .cgroup = "0::/system.slice/db.service\n"}.put(tree);
  const std::vector<Seen> processes = {{10, 1, 1}, {11, 1, 2}, {12, 1, 3}};
  make({.units = {"web"}});
  EXPECT_THAT(tick(processes), ElementsAre(10));
  EXPECT_EQ(targets_->declared()[0].label, "unit web.service");
  make({.cgroups = {"/sys/fs/cgroup/system.slice/"}});
  EXPECT_THAT(tick(processes), ElementsAre(10, 11, 12));
  EXPECT_EQ(targets_->declared()[0].label, "cgroup /system.slice");
}

TEST_F(TargetsTest, HybridHierarchies) {
  tree.write({{"cgroup/memory/cgroup.procs", ""},
              {"cgroup/memory/job/", ""},
              {"cgroup/cpu,cpuacct/cgroup.procs", ""},
              {"cgroup/cpu,cpuacct/job/", ""},
              {"cgroup/systemd/cgroup.procs", ""},
              {"cgroup/systemd/system.slice/web.service/", ""},
              {"cgroup/unified/cgroup.procs", ""}});
  FakeProcess{.pid = 10, .cgroup = "4:memory:/job\n3:cpu,cpuacct:/\n1:name=systemd:/system.slice/web.service\n0::/\n"}
      .put(tree);
  FakeProcess{.pid = 11, .cgroup = "4:memory:/\n3:cpu,cpuacct:/job/a\n1:name=systemd:/\n0::/\n"}.put(tree);
  const std::vector<Seen> processes = {{10, 1, 1}, {11, 1, 2}};
  make({.cgroups = {"memory/job"}});
  EXPECT_THAT(tick(processes), ElementsAre(10));
  make({.cgroups = {tree.path("cgroup/cpu,cpuacct/job")}});
  EXPECT_THAT(tick(processes), ElementsAre(11));
  make({.cgroups = {"/job"}});
  EXPECT_THAT(tick(processes), ElementsAre(10, 11));
  make({.units = {"web.service"}});
  EXPECT_THAT(tick(processes), ElementsAre(10));
}

TEST_F(TargetsTest, Everything) {
  make({.everything = true});
  EXPECT_THAT(tick({{1, 0, 1}, {10, 1, 50}, {11, 10, 60, "other", 0, true}}), ElementsAre(1, 10, 11));
  EXPECT_EQ(targets_->living(), 2U);
  EXPECT_FALSE(targets_->changed()) << "nothing of it is to be watched more closely";
  EXPECT_TRUE(targets_->declared().empty());
  EXPECT_THAT(tick({}), IsEmpty());
  EXPECT_FALSE(targets_->all_ended());
}

TEST_F(TargetsTest, EverythingBesidesWhatIsDeclared) {
  make({.names = {"web"}, .wait = true, .everything = true});
  tick({{1, 0, 1}, {10, 1, 50, "web"}});
  EXPECT_TRUE(targets_->changed());
  EXPECT_EQ(targets_->living(), 2U);
  Snapshot snapshot;
  snapshot.processes.resize(2);
  snapshot.processes[0].key = {1, 1};
  snapshot.processes[1].key = {10, 50};
  snapshot.processes[1].comm = "web";
  const std::vector<TargetNumber> numbers = targets_->update(snapshot);
  EXPECT_THAT(numbers, ElementsAre(2U, 1U));
  EXPECT_TRUE(targets_->is_declared(numbers[1]));
  EXPECT_FALSE(targets_->is_declared(numbers[0]));
  EXPECT_TRUE(targets_->declared()[0].up);
}

TEST_F(TargetsTest, OfARecordingOnlyTheCommCounts) {
  FakeProcess{.pid = 10, .comm = "x"}.put(tree);
  tree.link("proc/10/exe", "/usr/bin/web");
  make({.names = {"web"}, .recorded = true});
  EXPECT_THAT(tick({{10, 1, 1, "x"}, {11, 1, 2, "web"}}), ElementsAre(11));
}

}  // namespace
}  // namespace pmon::monitor
