// SPDX-License-Identifier: Apache-2.0
#include "export/textfile.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Textfile, ReplacesTheFileAsAWhole) {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/pmon.prom";
  const auto writer = TextfileWriter::open(path);
  ASSERT_TRUE(writer.has_value()) << writer.error().text();
  EXPECT_TRUE(folder.files().empty()) << "opening leaves nothing behind";

  const mode_t old_mask = umask(077);
  ASSERT_TRUE(writer->write("one\n").has_value());
  umask(old_mask);
  struct stat first {};
  ASSERT_EQ(stat(path.c_str(), &first), 0);
  EXPECT_EQ(first.st_mode & 07777, 0644U) << "whatever the umask";

  const int reader = open(path.c_str(), O_RDONLY);
  ASSERT_TRUE(writer->write("two\n").has_value());
  char old[8] = {};
  EXPECT_EQ(read(reader, old, sizeof old), 4);
  EXPECT_STREQ(old, "one\n") << "who has the old file open keeps it";
  close(reader);
  EXPECT_EQ(test::read_file(path), "two\n");
  EXPECT_THAT(folder.files(), ElementsAre("pmon.prom"));
}

TEST(Textfile, OpenRefusesWhatCannotBeWritten) {
  const test::TempFolder folder;
  for (const std::string& path : {std::string(), folder.path(), folder.path() + "/", folder.path() + "/none/pmon.prom",
                                  std::string("/dev/null"), std::string("/proc/pmon.prom")}) {
    const auto writer = TextfileWriter::open(path);
    ASSERT_FALSE(writer.has_value()) << path;
    EXPECT_EQ(writer.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(writer.error().text(), HasSubstr("'" + path + "'"));
    EXPECT_FALSE(writer.error().remedy.empty());
  }
}

TEST(Textfile, TakesANameWithoutAFolder) {
  const test::TempFolder folder;
  const std::string before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto writer = TextfileWriter::open("pmon.prom");
  ASSERT_TRUE(writer.has_value());
  EXPECT_TRUE(writer->write("x\n").has_value());
  std::filesystem::current_path(before);
  EXPECT_EQ(test::read_file(folder.path() + "/pmon.prom"), "x\n");
}

TEST(Textfile, AFailureIsToldEachTimeAndHeals) {
  const test::TempFolder folder;
  std::filesystem::create_directory(folder.path() + "/in");
  const std::string path = folder.path() + "/in/pmon.prom";
  const auto writer = TextfileWriter::open(path);
  ASSERT_TRUE(writer.has_value() && writer->write("good\n").has_value());

  std::filesystem::rename(folder.path() + "/in", folder.path() + "/away");
  for (int i = 0; i < 2; ++i) {
    const auto result = writer->write("lost\n");
    ASSERT_FALSE(result.has_value());
    EXPECT_THAT(result.error().message, HasSubstr("No such file or directory"));
  }
  std::filesystem::rename(folder.path() + "/away", folder.path() + "/in");
  EXPECT_EQ(test::read_file(path), "good\n");
  EXPECT_TRUE(writer->write("again\n").has_value());
  EXPECT_EQ(test::read_file(path), "again\n");
}

// A limit on the size of files stands in for a full disk: write(2) fails after some bytes.
TEST(Textfile, AFullDiskLeavesTheLastGoodFileAlone) {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/pmon.prom";
  const auto writer = TextfileWriter::open(path);
  ASSERT_TRUE(writer.has_value() && writer->write("good\n").has_value());

  const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto result = writer->write(std::string(100'000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_action);

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(test::read_file(path), "good\n");
  EXPECT_THAT(folder.files(), ElementsAre("pmon.prom")) << "no temporary file stays";
  EXPECT_TRUE(writer->write("better\n").has_value());
}

}  // namespace
}  // namespace pmon
