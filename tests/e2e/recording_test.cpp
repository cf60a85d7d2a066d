// SPDX-License-Identifier: Apache-2.0
// From a record of real processes to the alerts that a replay finds in it.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <csignal>
#include <filesystem>
#include <utility>

#include "e2e/pmon.h"
#include "support/temp_folder.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

constexpr const char* kManyThreads =
    "groups:\n"
    "  - name: mine\n"
    "    rules:\n"
    "      - alert: ManyThreads\n"
    "        expr: pmon_process_threads{comm=\"workload_storm\"} > 5\n";

class Recording : public testing::TestWithParam<const char*> {
 protected:
  Words record(const Words& words) const {
    Words all{"record", "-o", file_, "--interval", "100ms", "--collector", GetParam()};
    all.insert(all.end(), words.begin(), words.end());
    return pmon(all);
  }
  Words replay(const Words& words) const {
    Words all{"replay", file_, "--output", "json"};
    all.insert(all.end(), words.begin(), words.end());
    return pmon(all);
  }

  const TempFolder folder_;
  const std::string file_ = folder_.file("host.pmonrec");
};

INSTANTIATE_TEST_SUITE_P(By, Recording, testing::Values("ebpf", "procfs"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Recording, OfACommandFiresWhatWouldHaveFired) {
  const Outcome recorded = run(record({"--", workload("storm"), "9", "1000"}));
  ASSERT_EQ(recorded.status, 0) << recorded.err;
  EXPECT_NE(recorded.out.find(file_ + ": "), std::string::npos) << recorded.out;
  const std::string rules = folder_.write("rules.yml", kManyThreads);
  const Words words = replay({"--no-default-rules", "--rules", rules, "--fail-on-alert"});
  const Outcome first = run(words);
  EXPECT_EQ(first.status, 10) << first.err;
  EXPECT_EQ(times_fired(first.out, "ManyThreads"), 1U) << first.out;
  EXPECT_FALSE(only_line(first.out, "summary").contains("own_cpu_seconds"));
  EXPECT_EQ(run(words).out, first.out) << "byte for byte";
}

TEST_P(Recording, OfAWholeHostHoldsEveryProcess) {
  SteppedWorkload target("burn", {"1", "1", "any"});
  target.wait_for("ready");
  const Outcome recorded = run(record({"--duration", "500ms"}));
  ASSERT_EQ(recorded.status, 0) << recorded.err;
  const Outcome whole = run(replay({"--samples"}));
  ASSERT_EQ(whole.status, 0) << whole.err;
  EXPECT_GE(of_pid(lines_of_type(whole.out, "sample"), target.pid()).size(), 3U);
  EXPECT_GE(only_line(whole.out, "summary")["processes_seen"].get<int>(), 3);
  const Outcome named = run(replay({"--samples", "--name", "^workload_burn$"}));
  EXPECT_EQ(only_line(named.out, "summary")["processes_seen"], 1);
}

TEST_P(Recording, EndsInOrderOnSigintAndLosesATickAtMostWhenKilled) {
  for (const int signal : {SIGINT, SIGKILL}) {
    SteppedWorkload target("burn", {"1", "1", "any"});
    target.wait_for("ready");
    Child recording(record({"--pid", std::to_string(target.pid())}));
    std::uintmax_t size = 0;
    int grown = 0;
    for (int looks = 0; looks < 500 && grown < 5; ++looks) {
      EXPECT_FALSE(recording.wait(Milliseconds(20)).has_value());
      std::error_code missing;
      const std::uintmax_t now = std::filesystem::file_size(file_, missing);
      if (!missing && now > std::exchange(size, now)) ++grown;
    }
    recording.signal(signal);
    EXPECT_EQ(recording.wait(), signal == SIGINT ? 0 : 128 + SIGKILL);
    const Outcome replayed = run(replay({}));
    EXPECT_EQ(replayed.status, 0) << replayed.err;
    EXPECT_GE(only_line(replayed.out, "summary")["ticks"].get<int>(), 2);
    bool cut = false;
    for (const nlohmann::json& notice : lines_of_type(replayed.out, "notice")) {
      cut |= notice["code"] == "recording_unfinished" || notice["code"] == "recording_torn";
    }
    EXPECT_EQ(cut, signal == SIGKILL) << replayed.out;
    std::filesystem::remove(file_);
  }
}

TEST_P(Recording, OnAFullDiskTellsSoAndKeepsWhatItHas) {
  const std::string disk = folder_.file("disk");
  std::filesystem::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=8k") != 0) GTEST_SKIP() << "may not mount a small disk";
  const std::string file = disk + "/r.pmonrec";
  const Outcome recorded =
      run(pmon({"record", "-o", file, "--interval", "100ms", "--collector", GetParam(), "--duration", "60s"}),
          Milliseconds(90'000));
  EXPECT_EQ(recorded.status, 1);
  EXPECT_NE(recorded.err.find("No space left on device (what was recorded until now is whole"), std::string::npos)
      << recorded.err;
  const Outcome replayed = run(pmon({"replay", file, "--output", "json"}));
  EXPECT_EQ(replayed.status, 0) << replayed.err;
  EXPECT_GE(only_line(replayed.out, "summary")["ticks"].get<int>(), 1);
  umount(disk.c_str());
}

TEST(RecordingWords, AreRefusedBeforeAnythingIsStarted) {
  const TempFolder folder;
  const std::string letter = folder.write("letter", "no recording");
  EXPECT_EQ(run(pmon({"record"})).status, 2);
  EXPECT_EQ(run(pmon({"record", "-o", letter, "--duration", "100ms"})).status, 2);
  EXPECT_EQ(folder.read("letter"), "no recording");
  EXPECT_EQ(run(pmon({"record", "-o", folder.file("r"), "--max-size", "100MB"})).status, 2);
  const Outcome replayed = run(pmon({"replay", letter}));
  EXPECT_EQ(replayed.status, 2);
  EXPECT_EQ(replayed.err, "pmon: " + letter + " is no recording (it must be a file that 'pmon record' wrote)\n");
  EXPECT_EQ(run(pmon({"replay", folder.file("missing")})).status, 2);
}

}  // namespace
}  // namespace pmon::test
