// SPDX-License-Identifier: Apache-2.0
// The real program where the kernel lets it down: stopped, without memory, its targets frozen, its clock set.
// PMON_STOP_SECONDS makes the stop longer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "e2e/daemon.h"
#include "e2e/idle_processes.h"
#include "e2e/pmon.h"
#include "support/freezer_cgroup.h"
#include "support/temp_folder.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;

std::string file_of_rules(const TempFolder& folder, const std::string& rules) {
  return folder.write("rules.yml", "groups:\n  - name: mine\n    rules:\n" + rules);
}

int stop_seconds() {
  const char* text = std::getenv("PMON_STOP_SECONDS");
  return text != nullptr ? std::atoi(text) : 2;
}

// Children are born, burn and end while pmon is stopped.
TEST(KernelFaults, AStoppedWatchSeesAfterwardsAllThatHappened) {
  const int children = 50 * stop_seconds();
  SteppedWorkload target("fork", {std::to_string(children), "10", "3", "1", "50"});
  target.wait_for("ready");
  Child watching(watch_by_ebpf({"--interval", "200ms", "--samples", "--pid", std::to_string(target.pid())}));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  watching.signal(SIGSTOP);
  target.go_on();
  const double truth = target.wait_for("done")["children_cpu_s"].get<double>();
  watching.signal(SIGCONT);
  target.end();
  ASSERT_EQ(watching.wait(), 0);
  double seen = 0;
  int ends = 0;
  for (const nlohmann::json& line : lines_of_type(watching.out(), "exit")) {
    if (line["pid"] == target.pid()) continue;
    EXPECT_EQ(line["exit_code"], 3);
    seen += line["metrics"]["cpu_seconds_total"].get<double>();
    ++ends;
  }
  EXPECT_EQ(ends, children);
  EXPECT_NEAR(seen, truth, 0.01 * truth);
  const nlohmann::json losses = only_line(watching.out(), "summary")["events_lost"];
  for (const auto& [cause, lost] : losses.items()) {
    EXPECT_EQ(lost, 0) << cause;
  }
}

std::ptrdiff_t processes_here() {
  return std::ranges::count_if(std::filesystem::directory_iterator("/proc"), [](const auto& entry) {
    return entry.path().filename().string().find_first_not_of("0123456789") == std::string::npos;
  });
}

// More ends than the ledger holds, unread: PmonBlind tells, and the counts say how many.
TEST(KernelFaults, AStoppedDaemonThatLostProcessesSaysSo) {
  Daemon daemon({},
                {"--interval", "200ms", "--set", "collect.ledger_slots=" + std::to_string(processes_here() + 1500)});
  SteppedWorkload storm("fork", {"4000", "0", "0", "1", "0"});
  storm.wait_for("ready");
  daemon.child().signal(SIGSTOP);
  storm.go_on();
  storm.wait_for("done");
  daemon.child().signal(SIGCONT);
  EXPECT_TRUE(daemon.child().wait_for_out("\"code\":\"ledger_full\""));
  EXPECT_TRUE(daemon.child().wait_for_out("\"alert\":\"PmonBlind\""));
  // In the same breath or a second later.
  const bool healed = daemon.child().out().find("ledger_full_healed") != std::string::npos;
  EXPECT_TRUE(healed || daemon.child().wait_for_out("ledger_full_healed")) << daemon.child().out();
  const double lost = daemon.metric("pmon_events_lost_total{cause=\"ledger_full\"}").value_or(0);
  const double ended =
      daemon.metric("pmon_group_processes_exited_total{code=\"0\",group=\"workload_fork\"}").value_or(0);
  EXPECT_GE(lost + ended, 4000);
  EXPECT_LE(lost + ended, 5000) << "others of this host";
  EXPECT_EQ(daemon.stop(), 0);
}

// A frozen target is there, and uses what it used before.
TEST(KernelFaults, AFrozenTargetIsNeitherDownNorQuietlyWell) {
  const FreezerCgroup cgroup;
  ASSERT_TRUE(cgroup.made()) << "no cgroup can be made here";
  const TempFolder folder;
  const std::string rules = file_of_rules(folder,
                                          "      - {alert: Large, expr: pmon_process_anon_bytes > 20e6}\n"
                                          "      - {alert: Down, expr: pmon_process_up == 0, for: 500ms}\n");
  SteppedWorkload holder("leak", {"malloc", "30000000", "1"});
  holder.work();
  ASSERT_TRUE(cgroup.add(holder.pid()));
  Child watching(watch_by_ebpf({"--interval", "100ms", "--samples", "--no-default-rules", "--rules", rules, "--pid",
                                std::to_string(holder.pid())}));
  ASSERT_TRUE(watching.wait_for_out("\"alert\":\"Large\""));
  ASSERT_TRUE(cgroup.freeze());
  usleep(1'000'000);
  ASSERT_TRUE(cgroup.thaw());
  usleep(300'000);
  holder.end();
  ASSERT_EQ(watching.wait(), 0);
  EXPECT_EQ(times_fired(watching.out(), "Large"), 1U);
  EXPECT_EQ(times_fired(watching.out(), "Down"), 0U);
  for (const nlohmann::json& line : lines_of_type(watching.out(), "alert")) {
    EXPECT_TRUE(line["state"] == "firing" || line["reason"] == "exited") << line;
  }
  double anon = 0;
  for (const nlohmann::json& line : lines_of_type(watching.out(), "sample")) {
    if (anon == 0) anon = line["metrics"]["anon_bytes"];
    EXPECT_EQ(line["metrics"]["anon_bytes"], anon);
  }
}

// pmon with so much private memory; what it told where it did not end by itself.
Outcome run_within(int kilobytes, Words words) {
  words.insert(words.begin(), {"prlimit", "--data=" + std::to_string(kilobytes * 1000)});
  return run(words, Milliseconds(40'000));
}

// At each limit it works, works without the kernel side and says so, or ends with a message; it never crashes.
TEST(KernelFaults, WithTooLittleMemoryAtTheStartItSaysSo) {
  int refused = 0;
  int worked = 0;
  for (const int kilobytes : {500, 600, 700, 800, 900, 1000, 1500, 3000, 6000, 12000}) {
    const Outcome outcome = run_within(
        kilobytes, pmon({"watch", "--output", "json", "--duration", "200ms", "--pid", std::to_string(getpid())}));
    ASSERT_TRUE(outcome.status.has_value()) << kilobytes;
    if (*outcome.status == 127) continue;  // so little that not even the dynamic linker works
    if (*outcome.status == 0) {
      ++worked;
      EXPECT_EQ(lines_of_type(outcome.out, "summary").size(), 1U) << kilobytes;
      const auto notices = lines_of_type(outcome.out, "notice");
      EXPECT_TRUE(kilobytes > 6000 || (!notices.empty() && notices[0]["code"] == "collector_procfs")) << outcome.out;
    } else {
      ++refused;
      EXPECT_EQ(*outcome.status, 1) << kilobytes << outcome.err;
      EXPECT_THAT(outcome.err, HasSubstr("out of memory")) << kilobytes;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(worked, 0);
}

TEST(KernelFaults, ADaemonWithTooLittleMemoryForItsThreadsSaysSo) {
  const TempFolder folder;
  const Outcome outcome = run_within(8000, pmon({"run", "--set", "lock=" + folder.file("lock"), "--state",
                                                 folder.file("state"), "--listen", "127.0.0.1:0", "--duration", "1s"}));
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("a thread cannot be started"));
}

TEST(KernelFaults, OutgrownByItsHostItEndsWithAMessage) {
  const IdleProcesses many(6'000);
  const Outcome outcome = run_within(
      16'000, watch_by_ebpf({"--interval", "100ms", "--name", "^pmon-idle$", "--samples", "--duration", "20s"}));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("out of memory"));
}

}  // namespace
}  // namespace pmon::test
