// SPDX-License-Identifier: Apache-2.0
// A writer that is killed in the middle of its work leaves the old file or the new one, and whole lines.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "export/rotating_file.h"
#include "export/textfile.h"
#include "support.h"

namespace pmon {
namespace {

constexpr int kKills = 20;

// Runs `work` in a process of its own again and again until it is killed, at some moment of the first milliseconds
// after it has begun.
void kill_amid(const auto& work, std::mt19937& random) {
  int begun[2];
  ASSERT_EQ(pipe(begun), 0);
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    work([&] { (void)!write(begun[1], "x", 1); });
    _exit(1);
  }
  char ignored = 0;
  EXPECT_EQ(read(begun[0], &ignored, 1), 1);
  std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution<int>(0, 3000)(random)));
  kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it wrote to the end";
  close(begun[0]);
  close(begun[1]);
}

TEST(KilledWriter, OfATextfileLeavesAWholeOne) {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/pmon.prom";
  std::mt19937 random(1);
  for (int i = 0; i < kKills; ++i) {
    kill_amid(
        [&](const auto& begun) {
          const auto writer = TextfileWriter::open(path);
          for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
            if (!writer || !writer->write(std::string(300'000, letter) + "\n")) return;
            begun();
          }
        },
        random);
    const std::string text = test::read_file(path);
    ASSERT_EQ(text.size(), 300'001U);
    ASSERT_EQ(text, std::string(300'000, text[0]) + "\n");
  }
  const auto next = TextfileWriter::open(path);
  ASSERT_TRUE(next && next->write("next\n"));
  EXPECT_EQ(test::read_file(path), "next\n");
  EXPECT_LT(folder.files().size(), kKills) << "only one that was killed between name and rename leaves something";
}

TEST(KilledWriter, OfJsonLinesLosesNoWholeLineAndKeepsNoHalfOne) {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/pmon.jsonl";
  constexpr std::size_t kLength = 100'000;
  std::mt19937 random(2);
  std::size_t least = 0;
  for (int i = 0; i < kKills; ++i) {
    kill_amid(
        [&](const auto& begun) {
          auto file = RotatingFile::open({path, 1ULL << 40, 1});
          const std::string line = "{" + std::string(kLength, 'x') + "}\n";
          for (int n = 0; n < 500; ++n) {
            if (!file || !file->append(line)) return;
            begun();
          }
          for (;;) pause();
        },
        random);
    { ASSERT_TRUE(RotatingFile::open({path, 1ULL << 40, 1})); }  // as the next start does
    std::istringstream text(test::read_file(path));
    std::size_t lines = 0;
    for (std::string line; std::getline(text, line); ++lines) {
      ASSERT_EQ(line.size(), kLength + 2);
      ASSERT_TRUE(line.front() == '{' && line.back() == '}');
    }
    EXPECT_GT(lines, least) << "what was there stays";
    least = lines;
    if (lines > 300) {
      std::filesystem::remove(path);
      least = 0;
    }
  }
}

}  // namespace
}  // namespace pmon
