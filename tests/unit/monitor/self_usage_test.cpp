// SPDX-License-Identifier: Apache-2.0
#include "monitor/self_usage.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace pmon::monitor {
namespace {

TEST(SelfUsage, IsThatOfTheProcessOrOfTheThread) {
  const SelfUsage process = self_usage();
  ASSERT_TRUE(process.cpu_seconds && process.resident_bytes && process.peak_bytes);
  EXPECT_GT(*process.resident_bytes, 1e6);
  EXPECT_GE(*process.peak_bytes, 1e6);
  const SelfUsage thread = thread_usage();
  ASSERT_TRUE(thread.cpu_seconds);
  EXPECT_LE(*thread.cpu_seconds, *self_usage().cpu_seconds);
  EXPECT_FALSE(thread.resident_bytes) << "that of a program that pmon is a guest in";
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // theirs is another malloc
// What a storm of processes leaves: much that is free, below something that is not.
TEST(SelfUsage, FreedMemoryGoesBackToTheKernel) {
  constexpr std::size_t kPieces = 100'000;
  constexpr std::size_t kSize = 1'000;
  std::vector<std::unique_ptr<char[]>> pieces;
  for (std::size_t i = 0; i < kPieces; ++i) pieces.push_back(std::make_unique<char[]>(kSize));
  const auto last = std::make_unique<char[]>(kSize);
  pieces.clear();
  const double kept = *self_usage().resident_bytes;
  give_back_freed_memory();
  EXPECT_LT(*self_usage().resident_bytes, kept - 0.8 * kPieces * kSize);
}
#endif

}  // namespace
}  // namespace pmon::monitor
