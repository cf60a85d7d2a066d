// SPDX-License-Identifier: Apache-2.0
// What a watch remembers when it is killed, and silences that come while it runs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>

#include "e2e/pmon.h"
#include "support/temp_folder.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

using Clock = std::chrono::steady_clock;

// A watch with a state folder, started again and again, over a workload that waits. The program has a name of its own,
// for other tests may run the same one meanwhile.
class AlertMemory : public testing::Test {
 protected:
  AlertMemory() {
    std::filesystem::copy_file(workload("burn"), folder_.file(name_));
    target_.emplace(Words{folder_.file(name_), "--step", "1", "1", "any"});
    EXPECT_TRUE(target_->wait_for_out("ready")) << target_->err();
  }

  Words watch(const std::string& rules, const Words& more = {}) {
    std::string yaml = "groups:\n- name: g\n  rules:\n";
    yaml += rules;
    Words words{
        "watch",  "--output", "json",           "--collector",        "procfs",  "--interval",
        "100ms",  "--state",  state(),          "--no-default-rules", "--rules", folder_.write("rules.yml", yaml),
        "--wait", "--name",   "^" + name_ + "$"};
    words.insert(words.end(), more.begin(), more.end());
    return pmon(words);
  }
  std::string state() const { return folder_.file("state"); }

  // What was told is written right behind the telling.
  [[nodiscard]] bool wait_until_written() const {
    const auto deadline = Clock::now() + Milliseconds(5000);
    while (folder_.read("state/alerts.json").find("\"receiver\"") == std::string::npos) {
      if (Clock::now() > deadline) return false;
      std::this_thread::sleep_for(Milliseconds(5));
    }
    return true;
  }
  static void kill_hard(Child& child) {
    child.signal(SIGKILL);
    EXPECT_EQ(child.wait(), 128 + SIGKILL);
  }
  static std::string stop(Child& child) {
    child.signal(SIGINT);
    EXPECT_EQ(child.wait(), 0) << child.err();
    return child.out();
  }
  // "fired There", "exited There": the alerts' lines in order.
  static Words told(const std::string& out) {
    Words lines;
    for (const nlohmann::json& line : lines_of_type(out, "alert")) {
      lines.push_back(line["reason"].get<std::string>() + " " + line["alert"].get<std::string>());
    }
    return lines;
  }

  const TempFolder folder_;
  const std::string name_ = "mem" + std::to_string(getpid());
  std::optional<Child> target_;
};

constexpr const char* kThere = "  - {alert: There, expr: pmon_process_threads > 0}\n";

TEST_F(AlertMemory, AKilledWatchThatIsStartedAgainFiresNothingTwice) {
  {
    Child watching(watch(kThere));
    ASSERT_TRUE(watching.wait_for_out("\"alert\":\"There\"")) << watching.out() << watching.err();
    ASSERT_TRUE(wait_until_written());
    kill_hard(watching);
  }
  for (int again = 0; again < 2; ++again) {
    Child watching(watch(kThere, {"--samples"}));
    for (int ticks = 0; ticks < 5; ++ticks) ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
    EXPECT_EQ(told(stop(watching)), Words());
  }
}

TEST_F(AlertMemory, TheForOfAPendingAlertGoesOnAfterAKill) {
  const char* const soon = "  - {alert: Soon, expr: pmon_process_threads > 0, for: 7s}\n";
  {
    Child watching(watch(soon, {"--samples"}));
    ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\"")) << watching.err();
    std::this_thread::sleep_for(Milliseconds(4000));
    kill_hard(watching);
    EXPECT_EQ(watching.out().find("\"alert\""), std::string::npos) << "still pending";
  }
  Child watching(watch(soon));
  const auto begin = Clock::now();
  ASSERT_TRUE(watching.wait_for_out("\"alert\":\"Soon\"")) << watching.out();
  EXPECT_LT(Clock::now() - begin, Milliseconds(5500)) << "about three of the seven seconds are left";
  EXPECT_EQ(told(stop(watching)), Words{"fired Soon"});
}

TEST_F(AlertMemory, ATargetThatDiedMeanwhileResolvesAsExited) {
  {
    Child watching(watch(kThere));
    ASSERT_TRUE(watching.wait_for_out("\"alert\":\"There\"")) << watching.err();
    ASSERT_TRUE(wait_until_written());
    kill_hard(watching);
  }
  target_.reset();
  Child watching(watch(kThere));
  ASSERT_TRUE(watching.wait_for_out("\"state\":\"resolved\"")) << watching.out();
  EXPECT_EQ(told(stop(watching)), Words{"exited There"});
}

TEST_F(AlertMemory, ARuleThatIsGoneResolvesAsRemoved) {
  Child first(watch(kThere));
  ASSERT_TRUE(first.wait_for_out("\"alert\":\"There\"")) << first.err();
  stop(first);
  Child second(watch("  - {alert: Else, expr: pmon_process_threads > 1000}\n"));
  ASSERT_TRUE(second.wait_for_out("\"state\":\"resolved\"")) << second.out();
  EXPECT_EQ(told(stop(second)), Words{"rule_removed There"});
}

TEST_F(AlertMemory, ASilenceThatComesWhileItRunsIsHeededWithinATick) {
  // The rule waits a little, so that the silence comes first.
  const std::string hot = "  - {alert: Hot, expr: pmon_process_threads > 0, for: 4s}\n";
  Child watching(watch(hot + "  - {alert: Other, expr: pmon_process_threads > 0, for: 4s}\n", {"--samples"}));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\"")) << watching.err();
  const Outcome added = run(pmon({"silence", "add", "Hot", "--state", state(), "--comment", "known"}));
  ASSERT_EQ(added.status, 0) << added.err;
  ASSERT_TRUE(watching.wait_for_out("\"alert\":\"Other\"")) << watching.out();
  EXPECT_EQ(watching.out().find("\"alert\":\"Hot\""), std::string::npos);
  const Outcome expired = run(pmon({"silence", "expire", "--all", "--state", state()}));
  ASSERT_EQ(expired.status, 0) << expired.err;
  EXPECT_TRUE(watching.wait_for_out("\"alert\":\"Hot\"", Milliseconds(3000))) << "it still fires, so it is told now";
  EXPECT_EQ(told(stop(watching)), (Words{"fired Other", "fired Hot"}));
}

TEST_F(AlertMemory, ADamagedMemoryIsSetAsideAndTold) {
  Child first(watch(kThere));
  ASSERT_TRUE(first.wait_for_out("\"alert\":\"There\"")) << first.err();
  stop(first);
  const std::string whole = folder_.read("state/alerts.json");
  folder_.write("state/alerts.json", whole.substr(0, whole.size() / 2));
  Child second(watch(kThere));
  ASSERT_TRUE(second.wait_for_out("\"alert\":\"There\"")) << second.out();
  const std::string out = stop(second);
  EXPECT_NE(out.find("\"code\":\"alert_memory_damaged\""), std::string::npos) << out;
  EXPECT_EQ(told(out), Words{"fired There"}) << "nobody knows that it was told";
}

TEST_F(AlertMemory, OneFolderIsForOneWatch) {
  Child first(watch(kThere, {"--samples"}));
  ASSERT_TRUE(first.wait_for_out("\"type\":\"sample\"")) << first.err();
  const Outcome second = run(watch(kThere));
  EXPECT_EQ(second.status, 2);
  EXPECT_NE(second.err.find("another pmon (pid " + std::to_string(first.pid()) + ") keeps its state there"),
            std::string::npos)
      << second.err;
  stop(first);
}

TEST_F(AlertMemory, WithoutAStateFolderNothingIsKept) {
  const TempFolder empty;
  const Outcome outcome = run(pmon({"watch", "--interval", "100ms", "--duration", "300ms", "--collector", "procfs",
                                    "--pid", std::to_string(target_->pid())}),
                              Milliseconds(20'000), {.folder = empty.path()});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(std::filesystem::is_empty(empty.path()));
}

}  // namespace
}  // namespace pmon::test
