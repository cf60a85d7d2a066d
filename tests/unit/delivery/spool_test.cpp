// SPDX-License-Identifier: Apache-2.0
#include "delivery/spool.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>

#include "../../fixtures/file_tree.h"
#include "small_disk.h"

namespace pmon::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kRoom = 1 << 20;

std::unique_ptr<Spool> open(const std::string& folder, std::uint64_t bytes = kRoom) {
  auto spool = Spool::open(folder, bytes);
  EXPECT_TRUE(spool) << spool.error().text();
  return spool ? std::move(*spool) : nullptr;
}

std::vector<Item> items(std::initializer_list<const char*> bodies) {
  std::vector<Item> out;
  for (const char* body : bodies) out.push_back({body});
  return out;
}

// Takes all, oldest first.
std::vector<std::string> drain(Spool& spool) {
  std::vector<std::string> bodies;
  while (true) {
    const auto oldest = spool.oldest();
    EXPECT_TRUE(oldest) << oldest.error().text();
    if (!oldest || !*oldest) return bodies;
    bodies.push_back((*oldest)->item.body);
    EXPECT_TRUE(spool.remove(**oldest));
  }
}

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

class SpoolTest : public testing::Test {
 protected:
  fixtures::FileTree files_{{"empty/", ""}};
  std::string folder_ = files_.path("spool");
};

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

TEST_F(SpoolTest, SetsADamagedFileAside) {
  for (const std::string& damage :
       {std::string("this is no database, whatever it was before"), std::string(8192, 'x')}) {
    std::filesystem::remove_all(folder_);
    { EXPECT_TRUE(open(folder_)->append(items({"a"}))); }
    std::ofstream(folder_ + "/queue.db", std::ios::binary) << damage;
    const auto spool = open(folder_);
    EXPECT_EQ(spool->size(), 0U);
    EXPECT_THAT(spool->damage(), HasSubstr("; set aside as " + folder_ + "/queue.db.damaged-"));
    EXPECT_TRUE(spool->append(items({"b"})));
    EXPECT_THAT(drain(*spool), ElementsAre("b"));
    const auto names = files_of(folder_);
    EXPECT_TRUE(std::ranges::any_of(names, [](const auto& name) { return name.starts_with("queue.db.damaged-"); }));
  }
}

// SQLite asks for as much memory as the length of the first cell says, and says that there is none.
TEST_F(SpoolTest, ALengthThatCannotBeIsDamageAndNoLackOfMemory) {
  std::filesystem::create_directory(folder_);
  std::filesystem::copy_file(PMON_SOURCE_DIR "/tests/fuzz/corpus/spool/5af03071d581c6d67183a9ce2668af6f1bb53220",
                             folder_ + "/queue.db");
  const auto spool = open(folder_);
  EXPECT_THAT(spool->damage(), HasSubstr("a length in it cannot be; set aside as "));
  EXPECT_TRUE(spool->append(items({"y"})));
  EXPECT_THAT(drain(*spool), ElementsAre("y"));
}

// SQLite looks at a cell before it believes its length.
TEST_F(SpoolTest, ACellThatDoesNotFitIsDamage) {
  constexpr std::streamoff kFirstCell = 108;  // where page 1 has the place of it, in two bytes, the higher one first
  EXPECT_TRUE(open(folder_)->append(items({"x"})));
  {
    std::fstream file(folder_ + "/queue.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(kFirstCell);
    const int high = file.get();
    file.seekp(high * 256 + file.get()) << std::string(9, '\xff');
  }
  const auto spool = open(folder_);
  EXPECT_THAT(spool->damage(), HasSubstr("; set aside as "));
  EXPECT_TRUE(spool->append(items({"y"})));
  EXPECT_THAT(drain(*spool), ElementsAre("y"));
}

TEST_F(SpoolTest, CountsWhatWentWithAFileThatIsDamagedWhileItIsOpen) {
  const auto spool = open(folder_);
  std::vector<Item> many(100, Item{std::string(5000, 'x')});
  EXPECT_TRUE(spool->append(many));
  // Over the log and the file alike: nothing of it can be read.
  for (const char* name : {"/queue.db", "/queue.db-wal"}) {
    const std::string path = folder_ + name;
    const auto size = std::filesystem::file_size(path);
    std::ofstream(path, std::ios::binary | std::ios::in) << std::string(size, 'x');
  }
  bool failed = false;
  std::size_t taken = 0;
  for (int i = 0; i < 200 && spool->size() > 0; ++i) {
    const auto oldest = spool->oldest();
    if (!oldest) {
      failed = true;
      continue;
    }
    if (*oldest) {
      EXPECT_TRUE((*oldest)->item.body == many[0].body) << "nothing is made up";
      static_cast<void>(spool->remove(**oldest));
      ++taken;
    }
  }
  EXPECT_TRUE(failed);
  EXPECT_EQ(taken + spool->take_lost(), 100U);
  EXPECT_TRUE(spool->append(items({"b"})));
  EXPECT_THAT(drain(*spool), ElementsAre("b"));
}

// Each of them opens, and would then do something else than it says: the same item for ever, or none at all.
TEST_F(SpoolTest, ATableThatIsNotOursIsSetAside) {
  constexpr const char* kOurs =
      "CREATE TABLE items (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, body BLOB NOT NULL);";
  for (const std::string& sql :
       {std::string("CREATE TABLE items (id TEXT, count, body); INSERT INTO items VALUES ('a', NULL, NULL)"),
        std::string("CREATE VIEW items AS SELECT 1 AS id, 2 AS count, 'x' AS body"),
        kOurs + std::string("CREATE TRIGGER t AFTER INSERT ON items BEGIN DELETE FROM items; END"),
        kOurs + std::string("INSERT INTO items VALUES (9223372036854775807, 1, 'x')")}) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((folder_ + "/queue.db").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, (sql + "; PRAGMA user_version = 1").c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(database);
    const auto spool = open(folder_);
    EXPECT_THAT(spool->damage(), HasSubstr("set aside")) << sql;
    EXPECT_TRUE(spool->append(items({"x"})));
    EXPECT_THAT(drain(*spool), ElementsAre("x")) << sql;
  }
}

// A file that says so is read well and refuses every item.
TEST_F(SpoolTest, AFileThatIsNotToBeWrittenIsSetAside) {
  constexpr std::streamoff kWriteVersion = 18;  // https://www.sqlite.org/fileformat2.html, 1.3.3
  { EXPECT_TRUE(open(folder_)->append(items({"a"}))); }
  {
    std::fstream file(folder_ + "/queue.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(kWriteVersion) << '\3';
  }
  const auto spool = open(folder_);
  EXPECT_THAT(spool->damage(), HasSubstr("set aside"));
  EXPECT_TRUE(spool->append(items({"b"})));
  EXPECT_THAT(drain(*spool), ElementsAre("b"));
}

// Its length in characters is less than what is taken away with it.
TEST_F(SpoolTest, ABodyOfAnotherTypeIsSetAside) {
  { EXPECT_TRUE(open(folder_)->append(items({"a"}))); }
  {
    auto database = Sqlite::open(std::filesystem::canonical(folder_) / "queue.db");
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("UPDATE items SET body = 'äöü'"));
  }
  const auto spool = open(folder_);
  EXPECT_THAT(spool->damage(), HasSubstr("its items are not pmon's; set aside"));
  EXPECT_EQ(spool->bytes(), 0U);
}

TEST_F(SpoolTest, WhatAForeignFileSaysIsNotEvaluated) {
  std::filesystem::create_directory(folder_);
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ + "/queue.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database,
                         "PRAGMA user_version = 1; PRAGMA ignore_check_constraints = ON;"
                         "CREATE TABLE items (id INTEGER PRIMARY KEY, count, body, CHECK (id < 0));"
                         "INSERT INTO items VALUES (1, 1, x'00')",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  EXPECT_THAT(open(folder_)->damage(), HasSubstr("its table is not pmon's"));
}

TEST_F(SpoolTest, AnotherFormatIsNoneOfOurs) {
  { EXPECT_TRUE(open(folder_)->append(items({"a"}))); }
  {
    auto database = Sqlite::open(std::filesystem::canonical(folder_) / "queue.db");
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 2"));
  }
  EXPECT_THAT(open(folder_)->damage(), HasSubstr("its format is 2, known here is 1"));
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

TEST_F(SpoolTest, AFullDiskIsNoLoss) {
  const test::SmallDisk disk(512 << 10);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a tmpfs";
  const auto spool = open(disk.path() + "/spool", 64 << 20);
  std::size_t kept = 0;
  Result<std::vector<Item>> result;
  for (int i = 0; i < 100; ++i) {
    result = spool->append(std::vector<Item>{{std::to_string(i) + std::string(20000, '.')}});
    if (!result) break;
    ++kept;
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kFailed);
  EXPECT_THAT(result.error().text(), HasSubstr("full"));
  EXPECT_GT(kept, 3U);
  EXPECT_EQ(spool->size(), kept);
  // What is taken from a full disk stays taken, and makes room for others at last.
  for (std::size_t i = 0; i < kept; ++i) {
    const auto oldest = spool->oldest();
    ASSERT_TRUE(oldest) << oldest.error().text();
    ASSERT_TRUE(*oldest);
    EXPECT_EQ(std::stoul((*oldest)->item.body), i);
    static_cast<void>(spool->remove(**oldest));
  }
  EXPECT_EQ(spool->size(), 0U);
  EXPECT_EQ(spool->take_lost(), 0U);
  const auto again = spool->append(items({"z"}));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_THAT(drain(*spool), ElementsAre("z"));
}

TEST_F(SpoolTest, ADiskThatIsFullAtTheStartIsNoLoss) {
  const test::SmallDisk disk(512 << 10);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a tmpfs";
  { EXPECT_TRUE(open(disk.path() + "/spool")->append(items({"a", "b", "c"}))); }
  const std::string ballast = disk.path() + "/ballast";
  std::ofstream(ballast) << std::string(1 << 20, 'x');
  {
    const auto spool = open(disk.path() + "/spool");
    EXPECT_EQ(spool->size(), 3U) << "it can be read";
    const auto oldest = spool->oldest();
    ASSERT_TRUE(oldest) << oldest.error().text();
    EXPECT_EQ((*oldest)->item.body, "a");
    const auto refused = spool->append(items({std::string(100'000, 'd').c_str()}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kFailed);
  }
  {
    const auto fresh = open(disk.path() + "/other");
    EXPECT_FALSE(fresh->append(items({"x"})));
    std::filesystem::remove(ballast);
    EXPECT_TRUE(fresh->append(items({"x"})));
  }
  const auto spool = open(disk.path() + "/spool");
  EXPECT_EQ(spool->take_found(), 3U);
  EXPECT_THAT(drain(*spool), ElementsAre("a", "b", "c"));
}

TEST_F(SpoolTest, AReadOnlyDiskIsNoLoss) {
  test::SmallDisk disk(4 << 20);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a tmpfs";
  { EXPECT_TRUE(open(disk.path() + "/spool")->append(items({"a"}))); }
  disk.make_read_only(true);
  const auto spool = open(disk.path() + "/spool");
  ASSERT_TRUE(spool);
  const auto refused = spool->append(items({"b"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kFailed);
  disk.make_read_only(false);
  const auto taken = spool->append(items({"b"}));
  EXPECT_TRUE(taken) << taken.error().text();
  EXPECT_THAT(drain(*spool), ElementsAre("a", "b"));
  EXPECT_EQ(spool->take_found(), 1U);
  EXPECT_EQ(spool->take_lost(), 0U);
}

}  // namespace
}  // namespace pmon::delivery
