// SPDX-License-Identifier: Apache-2.0
// Disks that are full or not to be written.
#include <fstream>

#include <gmock/gmock.h>

#include "small_disk.h"
#include "spool_support.h"

namespace pmon::delivery {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this file is about it
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(SpoolDisk, AFullDiskIsNoLoss) {
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

TEST_F(SpoolDisk, ADiskThatIsFullAtTheStartIsNoLoss) {
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

TEST_F(SpoolDisk, AReadOnlyDiskIsNoLoss) {
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
