// SPDX-License-Identifier: Apache-2.0
#include "export/metric_filter.h"

#include <gtest/gtest.h>

namespace pmon {
namespace {

TEST(MetricFilter, AStarStandsForAnyText) {
  EXPECT_TRUE(matches_glob("pmon_process_threads", "pmon_process_threads"));
  EXPECT_FALSE(matches_glob("pmon_process_threads", "pmon_process_threads_created_total"));
  EXPECT_FALSE(matches_glob("threads", "pmon_process_threads"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("*_bytes", "pmon_process_anon_bytes"));
  EXPECT_TRUE(matches_glob("pmon_*_threads*", "pmon_group_threads_created_total"));
  EXPECT_TRUE(matches_glob("**a**", "a"));
  EXPECT_FALSE(matches_glob("*ab", "aba"));
  EXPECT_TRUE(matches_glob("*aab", "aaaab"));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_FALSE(matches_glob("a*b*c", "abd")) << "the rest of the pattern must be used up";
  EXPECT_FALSE(matches_glob("pmon.process", "pmon_process")) << "nothing else is special";
}

TEST(MetricFilter, WithoutPatternsItTakesAll) {
  EXPECT_TRUE(MetricFilter().takes("anything"));
  const MetricFilter filter({"a", "b*"});
  EXPECT_TRUE(filter.takes("a"));
  EXPECT_TRUE(filter.takes("bc"));
  EXPECT_FALSE(filter.takes("ab"));
}

}  // namespace
}  // namespace pmon
