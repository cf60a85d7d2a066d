// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "e2e/pmon.h"
#include "support/temp_folder.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

// With --textfile, over a workload that waits until it is let go.
class Textfile : public testing::Test {
 protected:
  Textfile() { target_.wait_for("ready"); }

  Words watch(const std::string& textfile) const {
    return pmon({"watch", "--output", "json", "--interval", "100ms", "--samples", "--textfile", textfile, "--pid",
                 std::to_string(target_.pid())});
  }

  const TempFolder folder_;
  SteppedWorkload target_{"burn", {"1", "1", "any"}};
};

TEST_F(Textfile, SatisfiesPromtool) {
  if (run({"promtool", "--version"}).status != 0) GTEST_SKIP() << "promtool is not there (Debian: prometheus)";
  const std::string file = folder_.file("pmon.prom");
  Child watching(watch(file));
  for (int ticks = 0; ticks < 3; ++ticks) ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  watching.signal(SIGTERM);
  ASSERT_EQ(watching.wait(), 0);
  const Outcome judged = run({"sh", "-c", "promtool check metrics <\"$0\"", file});
  EXPECT_EQ(judged.status, 0);
  EXPECT_EQ(judged.out + judged.err, "");
  const std::string text = folder_.read("pmon.prom");
  EXPECT_NE(text.find("pmon_process_threads{comm=\"workload_burn\",pid=\"" + std::to_string(target_.pid()) + "\""),
            std::string::npos)
      << text;
  EXPECT_TRUE(text.ends_with("\n"));
}

TEST_F(Textfile, IsReadableForAllAndLeavesNothingBeside) {
  const std::string file = folder_.file("pmon.prom");
  Child watching(watch(file));
  for (int ticks = 0; ticks < 3; ++ticks) ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644U);
  watching.signal(SIGINT);
  ASSERT_EQ(watching.wait(), 0);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) ++files;
  EXPECT_EQ(files, 1U);
}

TEST_F(Textfile, IsReplacedWhole) {
  const std::string file = folder_.file("pmon.prom");
  Child watching(watch(file));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  // Whenever one looks, the file is complete: its last metric's lines are those of a whole exposition.
  for (int look = 0; look < 300; ++look) {
    const std::string text = folder_.read("pmon.prom");
    if (text.empty()) continue;  // not yet written for the first time
    ASSERT_TRUE(text.ends_with("\n") && text.find("pmon_build_info") != std::string::npos) << text;
  }
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), 0);
}

TEST_F(Textfile, ThatCannotBeWrittenAnyMoreIsToldOnceAndHeals) {
  std::filesystem::create_directory(folder_.file("metrics"));
  Child watching(watch(folder_.file("metrics/pmon.prom")));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  std::filesystem::rename(folder_.file("metrics"), folder_.file("gone"));
  ASSERT_TRUE(watching.wait_for_out("\"type\":\"notice\""));
  for (int ticks = 0; ticks < 3; ++ticks) ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  std::filesystem::rename(folder_.file("gone"), folder_.file("metrics"));
  std::filesystem::remove(folder_.file("metrics/pmon.prom"));
  for (int ticks = 0; ticks < 3; ++ticks) ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
  EXPECT_TRUE(std::filesystem::exists(folder_.file("metrics/pmon.prom")));
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), 0);
  const auto notices = lines_of_type(watching.out(), "notice");
  std::size_t failures = 0;
  for (const nlohmann::json& notice : notices) failures += notice["level"] == "error" ? 1 : 0;
  EXPECT_EQ(failures, 1U) << watching.out();
}

TEST_F(Textfile, OnAFullDiskKeepsTheLastOne) {
  const std::string disk = folder_.file("disk");
  std::filesystem::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) GTEST_SKIP() << "may not mount a small disk";
  {
    Child watching(watch(disk + "/pmon.prom"));
    ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
    ASSERT_TRUE(watching.wait_for_out("\"type\":\"sample\""));
    EXPECT_NE(run({"dd", "if=/dev/zero", "of=" + disk + "/filler", "bs=4k"}).status, 0);
    EXPECT_TRUE(watching.wait_for_out("\"type\":\"notice\""));
    EXPECT_NE(folder_.read("disk/pmon.prom").find("pmon_build_info"), std::string::npos);
    watching.signal(SIGINT);
    EXPECT_EQ(watching.wait(), 0);
  }
  umount(disk.c_str());
}

}  // namespace
}  // namespace pmon::test
