// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/promql.h"

namespace pmon::promql {
namespace {

TEST(SeriesLabels, AreReadAsPrometheusDoes) {
  EXPECT_EQ(*parse_series("a{b=\"x\\\"y\\n\", c='d',}"), (Labels{{"__name__", "a"}, {"b", "x\"y\n"}, {"c", "d"}}));
  EXPECT_EQ(*parse_series("{}"), Labels());
  EXPECT_EQ(*parse_series("job:rate5m { a = `\\d` } "), (Labels{{"__name__", "job:rate5m"}, {"a", "\\d"}}));
  EXPECT_EQ(*parse_series("{a=\"\\u00e9\\x41\\101\"}"), (Labels{{"a", "\u00e9AA"}}));
  EXPECT_EQ(*parse_series("by{offset=\"1\"}"), (Labels{{"__name__", "by"}, {"offset", "1"}}));
}

TEST(SeriesLabels, RefuseTheRestWithItsPlace) {
  for (const char* text : {"a{b}", "a{b=c}", "a{b=\"c\" d=\"e\"}", "a{b=\"c\"", "a b", "{b='c}", "a{b!=\"c\"}", "a{,}",
                           "a{b:c=\"d\"}", "a[5m]", "a{b=\"c\"} 1"}) {
    EXPECT_FALSE(parse_series(text)) << text;
  }
  const auto bad = parse_series("up{job~\"x\"}");
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, ::testing::StartsWith("not a series: 1:7: "));
}

}  // namespace
}  // namespace pmon::promql
