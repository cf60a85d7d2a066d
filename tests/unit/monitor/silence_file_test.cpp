// SPDX-License-Identifier: Apache-2.0
#include "monitor/silence_file.h"

#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <thread>

#include "../../support/temp_folder.h"
#include "monitor/state_folder.h"

namespace pmon::monitor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Timestamp kNow = 1'700'000'000'000;
constexpr Timestamp kForAnHour = 3'600'000;
const Labels kWeb{{"comm", "web"}};

Result<void> add(const SilenceFile& file, const std::string& id, Timestamp now = kNow) {
  return file.change(now, [&](alerts::Silences& silences) {
    return silences.add({id, *alerts::parse_matchers("comm=web"), now, now + kForAnHour, 0, "ada", ""}, now);
  });
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777U;
}

std::vector<std::string> codes(const std::vector<Notice>& notices) {
  std::vector<std::string> out;
  for (const Notice& notice : notices) out.push_back(notice.code);
  return out;
}

TEST(SilenceFile, MakesItsFolderAndNobodyElseReadsIt) {
  const test::TempFolder folder;
  const std::string state = folder.file("state");
  const SilenceFile file(state);
  ASSERT_TRUE(file.read());
  EXPECT_FALSE(std::filesystem::exists(state)) << "reading makes nothing";
  const auto added = add(file, "a");
  ASSERT_TRUE(added) << added.error().text();
  EXPECT_EQ(mode_of(state), 0750U);
  EXPECT_EQ(mode_of(file.path()), 0640U);
  const auto silences = file.read();
  ASSERT_TRUE(silences) << silences.error().text();
  EXPECT_TRUE(silences->silenced(kWeb, kNow));
}

TEST(SilenceFile, AChangeThatFailsLeavesItAsItWas) {
  const test::TempFolder folder;
  const SilenceFile file(folder.path());
  ASSERT_TRUE(add(file, "a"));
  const std::string before = folder.read("silences.json");
  EXPECT_FALSE(add(file, "a")) << "the id is taken";
  EXPECT_EQ(folder.read("silences.json"), before);
}

TEST(SilenceFile, ADamagedOneIsToldAndNotOverwritten) {
  const test::TempFolder folder;
  const SilenceFile file(folder.path());
  folder.write("silences.json", "{\"version\": 1}");
  const auto added = add(file, "a");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().text(), "silence file '" + file.path() +
                                      "': the file: key 'silences' is missing (mend it, or remove it to begin without "
                                      "silences)");
  EXPECT_EQ(folder.read("silences.json"), "{\"version\": 1}");
  folder.write("silences.json", "");
  EXPECT_FALSE(file.read());
}

TEST(SilenceFile, TwoWritersLoseNothing) {
  const test::TempFolder folder;
  const SilenceFile file(folder.path());
  constexpr int kEach = 20;
  const auto write = [&file](const std::string& who) {
    for (int i = 0; i < kEach; ++i) {
      const auto added = add(file, who + std::to_string(i));
      EXPECT_TRUE(added) << added.error().text();
    }
  };
  std::thread other(write, "b");
  write("a");
  other.join();
  EXPECT_EQ(file.read()->all().size(), 2U * kEach);
}

TEST(SilenceFile, ForgetsWhatExpiredFiveDaysAgo) {
  const test::TempFolder folder;
  const SilenceFile file(folder.path());
  ASSERT_TRUE(add(file, "a"));
  ASSERT_TRUE(add(file, "b", kNow + kForAnHour + alerts::kSilenceRetention));
  EXPECT_EQ(file.read()->all().size(), 2U);
  ASSERT_TRUE(add(file, "c", kNow + kForAnHour + alerts::kSilenceRetention + 1));
  EXPECT_EQ(file.read()->all().size(), 2U) << "a is gone";
}

TEST(SilenceFile, SaysWhereItCannotBe) {
  const auto none = add(SilenceFile("/proc/none"), "a");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().text(), HasSubstr("state folder '/proc/none': No such file or directory"));
  const auto file = add(SilenceFile("/dev/null"), "a");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().text(), HasSubstr("state folder '/dev/null': Not a directory"));
}

TEST(SilenceFollower, SeesWhatOthersWriteAtItsNextLook) {
  const test::TempFolder folder;
  const SilenceFile file(folder.path());
  SilenceFollower follower(folder.path());
  EXPECT_THAT(follower.refresh(), IsEmpty());
  EXPECT_FALSE(follower.silences().silenced(kWeb, kNow));
  ASSERT_TRUE(add(file, "a"));
  EXPECT_THAT(follower.refresh(), IsEmpty());
  EXPECT_TRUE(follower.silences().silenced(kWeb, kNow));
  ASSERT_TRUE(file.change(kNow + 1, [](alerts::Silences& silences) { return silences.expire("a", kNow + 1); }));
  (void)follower.refresh();
  EXPECT_FALSE(follower.silences().silenced(kWeb, kNow + 1));
  ASSERT_TRUE(add(file, "b"));
  (void)follower.refresh();
  std::filesystem::remove(file.path());
  EXPECT_THAT(follower.refresh(), IsEmpty());
  EXPECT_FALSE(follower.silences().silenced(kWeb, kNow)) << "the file is gone, and so are they";
}

TEST(SilenceFollower, KeepsWhatIsInForceWhileTheFileIsDamaged) {
  const test::TempFolder folder;
  const SilenceFile file(folder.path());
  SilenceFollower follower(folder.path());
  ASSERT_TRUE(add(file, "a"));
  EXPECT_THAT(follower.refresh(), IsEmpty());
  const std::string good = folder.read("silences.json");
  folder.write("silences.json", "oops");
  EXPECT_THAT(codes(follower.refresh()), ElementsAre("silences_failed"));
  EXPECT_THAT(follower.refresh(), IsEmpty()) << "told once";
  EXPECT_TRUE(follower.silences().silenced(kWeb, kNow));
  folder.write("silences.json", good);
  EXPECT_THAT(codes(follower.refresh()), ElementsAre("silences_work"));
}

// What may pass by itself is tried at each look, though the file is the same.
TEST(SilenceFollower, ReadsAgainWhatCouldNotBeReadForAWhile) {
  const test::TempFolder folder;
  SilenceFollower follower(folder.path());
  ASSERT_TRUE(add(SilenceFile(folder.path()), "a"));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto first = codes(follower.refresh());
  const auto second = codes(follower.refresh());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(first, ElementsAre("silences_failed"));
  EXPECT_THAT(second, IsEmpty()) << "told once";
  EXPECT_THAT(codes(follower.refresh()), ElementsAre("silences_work"));
  EXPECT_TRUE(follower.silences().silenced(kWeb, kNow));
}

TEST(SilenceId, IsARandomUuid) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(new_silence_id().value_or("failed"));
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_THAT(*ids.begin(),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(FileLock, IsForOneAtATimeAndNamesItsHolder) {
  const test::TempFolder folder;
  {
    const auto mine = FileLock::try_take(folder.file("lock"));
    ASSERT_TRUE(mine) << mine.error().text();
    mine->note("4711 hours\n");
    const auto other = FileLock::try_take(folder.file("lock"));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(other.error().message, HasSubstr("another pmon (pid 4711) keeps its state there"));
  }
  const auto next = FileLock::try_take(folder.file("lock"));
  ASSERT_TRUE(next) << next.error().text();
  EXPECT_EQ(next->found(), "4711 hours\n");
}

}  // namespace
}  // namespace pmon::monitor
