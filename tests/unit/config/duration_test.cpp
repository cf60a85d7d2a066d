// SPDX-License-Identifier: Apache-2.0
#include "config/duration.h"

#include <gtest/gtest.h>

namespace pmon::config {
namespace {

TEST(Duration, ReadsWhatPrometheusReads) {
  EXPECT_EQ(parse_duration("0"), 0);
  EXPECT_EQ(parse_duration("1ms"), 1);
  EXPECT_EQ(parse_duration("15s"), 15000);
  EXPECT_EQ(parse_duration("1h30m"), 5400000);
  EXPECT_EQ(parse_duration("3s500ms"), 3500);
  EXPECT_EQ(parse_duration("1y2w3d4h5m6s7ms"), 31536000000 + 2 * 604800000 + 3 * 86400000 + 14706007);
  EXPECT_EQ(parse_duration("0s"), 0);
}

TEST(Duration, RefusesTheRest) {
  for (const char* text :
       {"", "1", "-1s", "s", "1.5s", "1s1s", "1s1m", "1 s", "1sx", "x", "1S", "99999999999999y", "300y"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace pmon::config
