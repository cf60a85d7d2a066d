// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include <gmock/gmock.h>

#include "spool_support.h"

namespace pmon::delivery {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this file is about it
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(SpoolTest, KeepsItemsInTheirOrderOverAStart) {
  const std::string binary("\0\xff\n", 3);
  {
    const auto spool = open(folder_);
    EXPECT_TRUE(spool->append(items({"a", "b"})));
    EXPECT_TRUE(spool->append(std::vector<Item>{{binary, 7}, {"", 0}}));
    EXPECT_EQ(spool->size(), 4U);
    EXPECT_EQ(spool->take_found(), 0U);
  }
  const auto spool = open(folder_);
  EXPECT_EQ(spool->size(), 4U);
  EXPECT_EQ(spool->take_found(), 4U);
  EXPECT_EQ(spool->take_found(), 0U);
  EXPECT_THAT(drain(*spool), ElementsAre("a", "b", binary, ""));
  EXPECT_EQ(spool->size(), 0U);
  EXPECT_EQ(spool->bytes(), 0U);
}

TEST_F(SpoolTest, KeepsCounts) {
  { EXPECT_TRUE(open(folder_)->append(std::vector<Item>{{"x", 4000000000U}})); }
  EXPECT_EQ((*open(folder_)->oldest())->item.count, 4000000000U);
}

TEST_F(SpoolTest, WhatWasRemovedDoesNotComeBack) {
  {
    const auto spool = open(folder_);
    EXPECT_TRUE(spool->append(items({"a", "b", "c"})));
    EXPECT_TRUE(spool->remove(**spool->oldest()));
  }
  EXPECT_THAT(drain(*open(folder_)), ElementsAre("b", "c"));
}

TEST_F(SpoolTest, OldestMakeRoom) {
  const auto spool = open(folder_, 3 * (100 + 64));
  const std::string body(100, 'x');
  EXPECT_THAT(*spool->append(std::vector<Item>{{"1" + body.substr(1)}, {"2" + body.substr(1)}}), IsEmpty());
  const auto evicted = spool->append(std::vector<Item>{{"3" + body.substr(1)}, {"4" + body.substr(1)}});
  ASSERT_TRUE(evicted);
  ASSERT_EQ(evicted->size(), 1U);
  EXPECT_EQ(evicted->front().body.front(), '1');
  EXPECT_EQ(spool->size(), 3U);
  EXPECT_LE(spool->bytes(), 3U * (100 + 64));
  // More than there is room for in one go, and one that never fits.
  std::vector<Item> many(5, Item{body});
  many[3].body[0] = 'y';
  many.insert(many.begin(), Item{std::string(5000, 'z')});
  EXPECT_EQ(spool->append(many)->size(), 3U + 3U);
  EXPECT_EQ(spool->size(), 3U);
  EXPECT_EQ(spool->append(std::vector<Item>{{std::string(5000, 'z')}})->size(), 4U);
  EXPECT_THAT(drain(*spool), IsEmpty());
}

TEST_F(SpoolTest, IsItsOwnersAlone) {
  const auto spool = open(folder_);
  EXPECT_TRUE(spool->append(items({"a"})));
  struct stat status {};
  ASSERT_EQ(stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  for (const std::string& name : files_of(folder_)) {
    ASSERT_EQ(stat((folder_ + "/" + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U) << name;
  }
}

TEST_F(SpoolTest, MakesFoldersAbove) { EXPECT_TRUE(open(folder_ + "/a/b")->append(items({"x"}))); }

TEST_F(SpoolTest, OneAtATime) {
  auto first = open(folder_);
  const auto second = Spool::open(folder_, kRoom);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(second.error().text(), HasSubstr("another queue uses it"));
  first.reset();
  EXPECT_TRUE(Spool::open(folder_, kRoom));
}

TEST_F(SpoolTest, RefusesWhatIsNotItsOwn) {
  const auto refused = [](const std::string& folder, const char* why) {
    const auto spool = Spool::open(folder, kRoom);
    ASSERT_FALSE(spool) << folder;
    EXPECT_EQ(spool.error().kind, ErrorKind::kUsage) << spool.error().text();
    EXPECT_THAT(spool.error().text(), HasSubstr(why));
  };
  files_.write("real/", "");
  files_.link("link", "real");
  refused(files_.path("link"), "name a folder, not a link");
  refused(files_.path("link/"), "name a folder, not a link");
  files_.write("file", "text");
  refused(files_.path("file"), "Not a directory");
  refused("/proc/no/such", "/proc/no/such");
  files_.write("db/", "");
  files_.link("db/queue.db", "../file");
  refused(files_.path("db"), "symbolic link");
  files_.write("fifo/", "");
  ASSERT_EQ(mkfifo(files_.path("fifo/queue.db").c_str(), 0600), 0);
  refused(files_.path("fifo"), "not a regular file");
  files_.write("open/", "");
  ASSERT_EQ(chmod(files_.path("open").c_str(), 0777), 0);
  refused(files_.path("open"), "others may write there");
}

TEST_F(SpoolTest, ALinkAboveTheFolderIsTheAdministrators) {
  files_.write("real/", "");
  files_.link("link", "real");
  EXPECT_TRUE(open(files_.path("link/spool"))->append(items({"x"})));
  EXPECT_TRUE(std::filesystem::exists(files_.path("real/spool/queue.db")));
}

TEST_F(SpoolTest, GivesRoomBackWhenItIsEmpty) {
  const auto spool = open(folder_, 64 << 20);
  std::vector<Item> many(100, Item{std::string(100000, 'x')});
  EXPECT_TRUE(spool->append(many));
  drain(*spool);
  std::uintmax_t total = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) total += entry.file_size();
  EXPECT_LT(total, 200000U);
}

// kill -9 at any moment: what was told as written is there, and what is there is a beginning of what was pushed.
TEST_F(SpoolTest, SurvivesKill) {
  std::mt19937 random(7);
  int next_expected = 0;  // over all rounds; odd rounds also remove
  for (int round = 0; round < 15; ++round) {
    std::filesystem::remove_all(folder_);
    int report[2];
    ASSERT_EQ(pipe(report), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto spool = Spool::open(folder_, 64 << 20);
      for (int written = 0; spool;) {
        std::vector<Item> batch;
        for (int i = 0; i < 7; ++i) batch.push_back({std::to_string(written + i) + std::string(3000, '.')});
        if (!(*spool)->append(batch)) break;
        written += 7;
        int told[2] = {written, 0};
        if (round % 2 == 1 && (*spool)->oldest()) {
          const auto oldest = (*spool)->oldest();
          told[1] = std::stoi((*oldest)->item.body) + 1;
          if (!(*spool)->remove(**oldest)) break;
        }
        if (write(report[1], told, sizeof told) != sizeof told) break;
      }
      _exit(1);
    }
    close(report[1]);
    int told[2] = {0, 0};
    int last[2] = {0, 0};
    const int wanted = static_cast<int>(random() % 20);
    for (int i = 0; i <= wanted && read(report[0], told, sizeof told) == sizeof told; ++i) {
      last[0] = told[0];
      last[1] = told[1];
    }
    usleep(static_cast<useconds_t>(random() % 3000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    while (read(report[0], told, sizeof told) == sizeof told) {
      last[0] = told[0];
      last[1] = told[1];
    }
    close(report[0]);
    const auto spool = open(folder_, 64 << 20);
    EXPECT_EQ(spool->damage(), "");
    const auto bodies = drain(*spool);
    ASSERT_FALSE(bodies.empty());
    const int first = std::stoi(bodies.front());
    EXPECT_GE(first, last[1]) << "what was removed came back";
    EXPECT_LE(first, last[1] + 1) << "what was not removed is gone";
    for (std::size_t i = 0; i < bodies.size(); ++i) EXPECT_EQ(std::stoi(bodies[i]), first + static_cast<int>(i));
    const int end = first + static_cast<int>(bodies.size());
    EXPECT_GE(end, last[0]) << "what was told as written is gone";
    EXPECT_EQ(end % 7, 0) << "a part of a transaction";
    next_expected += end;
  }
  EXPECT_GT(next_expected, 0);
}

}  // namespace
}  // namespace pmon::delivery
