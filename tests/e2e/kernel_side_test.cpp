// SPDX-License-Identifier: Apache-2.0
// What only the kernel side sees, through the real program; and what is left when it is not permitted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "e2e/pmon.h"
#include "support/temp_folder.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

TEST(KernelSide, EveryShortLivedChildIsCountedWithItsCpu) {
  SteppedWorkload target("fork", {"50", "10", "3", "2", "0"});
  target.wait_for("ready");
  Child watching(watch_by_ebpf({"--interval", "100ms", "--samples", "--pid", std::to_string(target.pid())}));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  target.go_on();
  const double truth = target.wait_for("done")["children_cpu_s"].get<double>();
  target.end();
  ASSERT_EQ(watching.wait(), 0);
  double seen = 0;
  std::size_t ends = 0;
  for (const nlohmann::json& line : lines_of_type(watching.out(), "exit")) {
    if (line["pid"] == target.pid()) continue;
    EXPECT_EQ(line["exit_code"], 3);
    seen += line["metrics"]["cpu_seconds_total"].get<double>();
    ++ends;
  }
  EXPECT_EQ(ends, 50U);
  EXPECT_NEAR(seen, truth, 0.01 * truth);
}

// 400 children of 20 ms: 8 s of CPU by group; who polls /proc each second sees next to nothing of it.
TEST(KernelSide, AGroupHasTheCpuOfItsShortLivedProcessesAndProcHasNot) {
  for (const std::string collector : {"ebpf", "procfs"}) {
    const TempFolder folder;
    SteppedWorkload target("fork", {"400", "20", "0", "2", "0"});
    target.wait_for("ready");
    Child watching(pmon({"watch", "--collector", collector, "--pid", std::to_string(target.pid()), "--textfile",
                         folder.file("pmon.prom")}));
    for (int i = 0; i < 100 && folder.read("pmon.prom").empty(); ++i) usleep(50'000);
    target.go_on();
    const nlohmann::json done = target.wait_for("done");
    usleep(1'500'000);  // a tick more
    watching.signal(SIGINT);
    ASSERT_EQ(watching.wait(), 0) << watching.err();
    const double children = done["children_cpu_s"].get<double>();
    const double own = done["cpu_s"].get<double>();
    EXPECT_GT(children, 7.9);
    const std::string text = folder.read("pmon.prom");
    const std::string name = "pmon_group_cpu_seconds_total{group=\"workload_fork\"} ";
    const std::size_t at = text.find(name);
    ASSERT_NE(at, std::string::npos) << text;
    const double seen = std::stod(text.substr(at + name.size(), 20));
    if (collector == "ebpf") {
      EXPECT_NEAR(seen, children + own, 0.01 * children);
    } else {
      EXPECT_LT(seen - own, 0.05 * children);
    }
  }
}

TEST(KernelSide, TellsHowAProcessEnded) {
  const Outcome outcome = run(watch_by_ebpf({"--", workload("die"), "signal", std::to_string(SIGSEGV)}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::size_t line = outcome.out.find("{\"type\":\"exit\"");
  ASSERT_NE(line, std::string::npos) << outcome.out;
  const auto end = nlohmann::json::parse(outcome.out.substr(line, outcome.out.find('\n', line) - line));
  EXPECT_EQ(end["signal"], SIGSEGV);
}

TEST(KernelSide, AThreadStormIsToldWithinTwoSeconds) {
  SteppedWorkload target("storm", {"5100", "0"});
  target.wait_for("ready");
  Child watching(watch_by_ebpf({"--samples", "--pid", std::to_string(target.pid())}));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  target.go_on();
  target.wait_for("peak");
  ASSERT_TRUE(watching.wait_for_out("\"alert\":\"ThreadSurge\"", Milliseconds(3000))) << watching.out();
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), 0);
  EXPECT_EQ(times_fired(watching.out(), "ThreadSurge"), 1U);
}

TEST(KernelSide, NotPermittedIsStatus3WithTheRemedy) {
  const Outcome outcome = run(powerless_pmon({"watch", "--collector", "ebpf", "--", "true"}));
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("CAP_BPF"), std::string::npos) << outcome.err;
}

TEST(KernelSide, NotPermittedLeavesProcToAutoWithANotice) {
  const Outcome outcome =
      run(powerless_pmon({"watch", "--output", "json", "--interval", "100ms", "--samples", "--", "sleep", "0.5"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto notices = lines_of_type(outcome.out, "notice");
  ASSERT_GE(notices.size(), 1U) << outcome.out;
  EXPECT_EQ(notices.front()["code"], "collector_procfs");
  EXPECT_FALSE(lines_of_type(outcome.out, "sample").empty());
}

// As on a kernel that was built without it: the mount is this program's alone.
Words without_btf(Words words) {
  Words all = {"unshare", "--mount", "sh", "-c", "mount -t tmpfs none /sys/kernel/btf && exec \"$@\"", "sh"};
  std::ranges::move(pmon(std::move(words)), std::back_inserter(all));
  return all;
}

TEST(KernelSide, WithoutBtfAutoReadsProcWithANotice) {
  const Outcome outcome =
      run(without_btf({"watch", "--output", "json", "--interval", "100ms", "--samples", "--", "sleep", "0.5"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto notices = lines_of_type(outcome.out, "notice");
  ASSERT_GE(notices.size(), 1U) << outcome.out;
  EXPECT_EQ(notices.front()["code"], "collector_procfs");
  EXPECT_THAT(notices.front()["text"].get<std::string>(), testing::HasSubstr("/sys/kernel/btf/vmlinux"));
  EXPECT_FALSE(lines_of_type(outcome.out, "sample").empty());
}

TEST(KernelSide, WithoutBtfWhoAsksForBpfIsToldAndSoIsTheDoctor) {
  const Outcome watching = run(without_btf({"watch", "--collector", "ebpf", "--", "sleep", "0.5"}));
  EXPECT_EQ(watching.status, 3) << watching.err;
  EXPECT_THAT(watching.err, testing::HasSubstr("/sys/kernel/btf/vmlinux"));
  const Outcome doctor = run(without_btf({"doctor"}));
  EXPECT_THAT(doctor.out, testing::HasSubstr("btf: no /sys/kernel/btf/vmlinux"));
}

TEST(KernelSide, DoctorTellsThisHostAsJson) {
  const Outcome outcome = run(pmon({"doctor", "--json"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(nlohmann::json::accept(outcome.out)) << outcome.out;
}

}  // namespace
}  // namespace pmon::test
