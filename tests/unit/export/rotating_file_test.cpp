// SPDX-License-Identifier: Apache-2.0
#include "export/rotating_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon {
namespace {

using delivery::Outcome;
using test::read_file;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

struct RotatingFileTest : testing::Test {
  RotatingFile open(std::uint64_t max_bytes = 1000, unsigned keep = 2) {
    auto file = RotatingFile::open({path, max_bytes, keep});
    EXPECT_TRUE(file.has_value()) << file.error().text();
    return std::move(*file);
  }
  void write(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
  test::TempFolder folder;
  std::string path = folder.path() + "/pmon.jsonl";
};

TEST_F(RotatingFileTest, AppendsAcrossRuns) {
  { ASSERT_TRUE(open().append("{1}\n").has_value()); }
  ASSERT_TRUE(open().append("{2}\n{3}\n").has_value());
  EXPECT_EQ(read_file(path), "{1}\n{2}\n{3}\n");
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777 & ~0640U, 0U) << "nobody else reads it";
}

TEST_F(RotatingFileTest, RotatesBeforeItGrowsTooLarge) {
  RotatingFile file = open(10, 2);
  for (const char* const line : {"{aaaaa}\n", "{bbbbb}\n", "{ccccc}\n", "{ddddd}\n"}) {
    ASSERT_TRUE(file.append(line).has_value());
  }
  EXPECT_THAT(folder.files(), UnorderedElementsAre("pmon.jsonl", "pmon.jsonl.1", "pmon.jsonl.2"));
  EXPECT_EQ(read_file(path), "{ddddd}\n");
  EXPECT_EQ(read_file(path + ".1"), "{ccccc}\n");
  EXPECT_EQ(read_file(path + ".2"), "{bbbbb}\n");
}

TEST_F(RotatingFileTest, WithoutOldFilesItBeginsAnew) {
  RotatingFile file = open(10, 0);
  ASSERT_TRUE(file.append("{aaaaa}\n").has_value());
  ASSERT_TRUE(file.append("{bbbbb}\n").has_value());
  EXPECT_THAT(folder.files(), UnorderedElementsAre("pmon.jsonl"));
  EXPECT_EQ(read_file(path), "{bbbbb}\n");
}

TEST_F(RotatingFileTest, WhatIsLargerThanAFileHasOneOfItsOwn) {
  RotatingFile file = open(10, 2);
  ASSERT_TRUE(file.append("{a}\n").has_value());
  ASSERT_TRUE(file.append(std::string(50, 'x') + "\n").has_value());
  ASSERT_TRUE(file.append("{b}\n").has_value());
  EXPECT_EQ(read_file(path), "{b}\n");
  EXPECT_EQ(read_file(path + ".1").size(), 51U);
}

TEST_F(RotatingFileTest, AFileThatSomebodyMovedAwayIsMadeAnew) {
  RotatingFile file = open();
  ASSERT_TRUE(file.append("{1}\n").has_value());
  std::filesystem::rename(path, path + ".moved");
  ASSERT_TRUE(file.append("{2}\n").has_value());
  std::filesystem::remove(path);
  ASSERT_TRUE(file.append("{3}\n").has_value());
  EXPECT_EQ(read_file(path), "{3}\n");
  EXPECT_EQ(read_file(path + ".moved"), "{1}\n");
}

TEST_F(RotatingFileTest, HalfALineOfAKilledWriterIsCutOff) {
  write("{1}\n{\"half");
  ASSERT_TRUE(open().append("{2}\n").has_value());
  EXPECT_EQ(read_file(path), "{1}\n{2}\n");

  write("{1}\n" + std::string(9000, 'x'));
  ASSERT_TRUE(open().append("{2}\n").has_value());
  EXPECT_EQ(read_file(path), "{1}\n{2}\n") << "longer than what is read at once";

  write("{\"half" + std::string(9000, 'x'));
  ASSERT_TRUE(open().append("{2}\n").has_value());
  EXPECT_EQ(read_file(path), "{2}\n");
}

TEST_F(RotatingFileTest, AnotherProgramsFileIsLeftAlone) {
  write("no line at all");
  const auto file = RotatingFile::open({path});
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(read_file(path), "no line at all");
}

TEST_F(RotatingFileTest, OpenRefusesWhatIsNoFile) {
  for (const std::string& wrong :
       {folder.path(), folder.path() + "/none/x", std::string("/dev/null"), std::string("/proc/x")}) {
    const auto file = RotatingFile::open({wrong});
    ASSERT_FALSE(file.has_value()) << wrong;
    EXPECT_EQ(file.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(file.error().text(), HasSubstr("'" + wrong + "'"));
  }
}

// A limit on the size of files stands in for a full disk: write(2) takes some bytes, then fails.
TEST_F(RotatingFileTest, AFullDiskLeavesWholeLines) {
  FileDestination destination(open(1 << 20));
  const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const Outcome first = destination.send({std::string(59, 'a') + "\n"}, {});
  const Outcome full = destination.send({std::string(59, 'b') + "\n"}, {});
  const std::string kept = read_file(path);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_action);

  EXPECT_EQ(first.kind, Outcome::Kind::kDelivered);
  EXPECT_EQ(full.kind, Outcome::Kind::kRetry);
  EXPECT_THAT(full.what, HasSubstr("File too large"));
  EXPECT_EQ(kept, std::string(59, 'a') + "\n") << "not half of it";
  EXPECT_EQ(destination.send({std::string(59, 'b') + "\n"}, {}).kind, Outcome::Kind::kDelivered);
  EXPECT_EQ(read_file(path), std::string(59, 'a') + "\n" + std::string(59, 'b') + "\n");
}

TEST_F(RotatingFileTest, AFolderThatIsGoneMayComeBack) {
  std::filesystem::create_directory(folder.path() + "/in");
  auto file = RotatingFile::open({folder.path() + "/in/f"});
  ASSERT_TRUE(file.has_value());
  FileDestination destination(std::move(*file));
  std::filesystem::rename(folder.path() + "/in", folder.path() + "/away");
  const Outcome away = destination.send({"{1}\n"}, {});
  EXPECT_EQ(away.kind, Outcome::Kind::kRetry);
  EXPECT_THAT(away.what, HasSubstr("No such file or directory"));
  std::filesystem::rename(folder.path() + "/away", folder.path() + "/in");
  EXPECT_EQ(destination.send({"{1}\n"}, {}).kind, Outcome::Kind::kDelivered);
  EXPECT_EQ(read_file(folder.path() + "/in/f"), "{1}\n");
}

}  // namespace
}  // namespace pmon
