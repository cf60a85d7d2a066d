// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../../fixtures/file_tree.h"
#include "delivery/spool.h"

namespace pmon::delivery::test {

inline constexpr std::uint64_t kRoom = 1 << 20;

inline std::unique_ptr<Spool> open(const std::string& folder, std::uint64_t bytes = kRoom) {
  auto spool = Spool::open(folder, bytes);
  EXPECT_TRUE(spool) << spool.error().text();
  return spool ? std::move(*spool) : nullptr;
}

inline std::vector<Item> items(std::initializer_list<const char*> bodies) {
  std::vector<Item> out;
  for (const char* body : bodies) out.push_back({body});
  return out;
}

// Takes all, oldest first.
inline std::vector<std::string> drain(Spool& spool) {
  std::vector<std::string> bodies;
  while (true) {
    const auto oldest = spool.oldest();
    EXPECT_TRUE(oldest) << oldest.error().text();
    if (!oldest || !*oldest) return bodies;
    bodies.push_back((*oldest)->item.body);
    EXPECT_TRUE(spool.remove(**oldest));
  }
}

inline std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

class SpoolTest : public ::testing::Test {
 protected:
  fixtures::FileTree files_{{"empty/", ""}};
  std::string folder_ = files_.path("spool");
};
using SpoolDamage = SpoolTest;
using SpoolDisk = SpoolTest;

}  // namespace pmon::delivery::test
