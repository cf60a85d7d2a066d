// SPDX-License-Identifier: Apache-2.0
#include "pmon/suggest.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pmon {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("threads", "thread"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("laebls", "labels"), 1u);
  EXPECT_EQ(edit_distance("RATE", "rate"), 0u);
}

constexpr std::array<std::string_view, 4> kKnown = {"expr", "for", "labels", "annotations"};

TEST(Suggest, NamesTheNearest) {
  EXPECT_EQ(closest("exp", kKnown), "expr");
  EXPECT_EQ(closest("lables", kKnown), "labels");
  EXPECT_EQ(did_you_mean("anotations", kKnown), " (did you mean 'annotations'?)");
}

TEST(Suggest, IsSilentWhereNothingIsNear) {
  EXPECT_EQ(closest("interval", kKnown), "");
  EXPECT_EQ(closest("x", kKnown), "");
  EXPECT_EQ(closest("", kKnown), "");
  EXPECT_EQ(did_you_mean("interval", kKnown), "");
}

TEST(Suggest, AWordOfMegabytesIsComparedWithNone) {
  // Were it compared, letter by letter with each of 1000, this would take a minute.
  const std::vector<std::string> known(1000, "pmon_process_cpu_seconds_total");
  EXPECT_EQ(closest(std::string(4'000'000, 'a'), known), "");
}

TEST(Suggest, TakesTheFirstOfEquals) {
  constexpr std::array<std::string_view, 2> kEqual = {"rate", "date"};
  EXPECT_EQ(closest("late", kEqual), "rate");
}

}  // namespace
}  // namespace pmon
