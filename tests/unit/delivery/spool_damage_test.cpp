// SPDX-License-Identifier: Apache-2.0
// Files that are damaged or that somebody else made.
#include <sqlite3.h>

#include <fstream>

#include <gmock/gmock.h>

#include "spool_support.h"

namespace pmon::delivery {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this file is about it
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(SpoolDamage, SetsADamagedFileAside) {
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
TEST_F(SpoolDamage, ALengthThatCannotBeIsDamageAndNoLackOfMemory) {
  std::filesystem::create_directory(folder_);
  std::filesystem::copy_file(PMON_SOURCE_DIR "/tests/fuzz/corpus/spool/5af03071d581c6d67183a9ce2668af6f1bb53220",
                             folder_ + "/queue.db");
  const auto spool = open(folder_);
  EXPECT_THAT(spool->damage(), HasSubstr("a length in it cannot be; set aside as "));
  EXPECT_TRUE(spool->append(items({"y"})));
  EXPECT_THAT(drain(*spool), ElementsAre("y"));
}

// SQLite looks at a cell before it believes its length.
TEST_F(SpoolDamage, ACellThatDoesNotFitIsDamage) {
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

TEST_F(SpoolDamage, CountsWhatWentWithAFileThatIsDamagedWhileItIsOpen) {
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
TEST_F(SpoolDamage, ATableThatIsNotOursIsSetAside) {
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
TEST_F(SpoolDamage, AFileThatIsNotToBeWrittenIsSetAside) {
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
TEST_F(SpoolDamage, ABodyOfAnotherTypeIsSetAside) {
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

TEST_F(SpoolDamage, WhatAForeignFileSaysIsNotEvaluated) {
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

TEST_F(SpoolDamage, AnotherFormatIsNoneOfOurs) {
  { EXPECT_TRUE(open(folder_)->append(items({"a"}))); }
  {
    auto database = Sqlite::open(std::filesystem::canonical(folder_) / "queue.db");
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 2"));
  }
  EXPECT_THAT(open(folder_)->damage(), HasSubstr("its format is 2, known here is 1"));
}

}  // namespace
}  // namespace pmon::delivery
