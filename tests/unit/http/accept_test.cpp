// SPDX-License-Identifier: Apache-2.0
#include "http/accept.h"

#include <gtest/gtest.h>

namespace pmon::http {
namespace {

using exposition::Format;

TEST(ExpositionFormat, IsWhatTheClientLikesBest) {
  // What Prometheus 2.42 sends.
  EXPECT_EQ(exposition_format("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
                              "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            Format::kOpenMetrics);
  EXPECT_EQ(exposition_format(""), Format::kText);
  EXPECT_EQ(exposition_format("*/*"), Format::kText) << "both alike";
  EXPECT_EQ(exposition_format("text/html,application/xhtml+xml,*/*;q=0.8"), Format::kText);
  EXPECT_EQ(exposition_format("application/openmetrics-text"), Format::kOpenMetrics);
  EXPECT_EQ(exposition_format("Application/OpenMetrics-Text; Version=\"1.0.0\" ; Q=0.2"), Format::kOpenMetrics);
  EXPECT_EQ(exposition_format("application/openmetrics-text; version=0.0.1"), Format::kText) << "another version";
  EXPECT_EQ(exposition_format("application/openmetrics-text;q=0.4, text/plain;q=0.5"), Format::kText);
  EXPECT_EQ(exposition_format("application/openmetrics-text;q=0.4, text/*;q=0.3"), Format::kOpenMetrics);
  EXPECT_EQ(exposition_format("*/*, text/plain;q=0.1"), Format::kOpenMetrics) << "the more specific range counts";
  EXPECT_EQ(exposition_format("application/openmetrics-text;q=0"), Format::kText);
  EXPECT_EQ(exposition_format("application/openmetrics-text;q=much"), Format::kText);
  EXPECT_EQ(exposition_format("image/png"), Format::kText) << "neither";
  EXPECT_EQ(exposition_format(",;=,;q,"), Format::kText);
}

TEST(AcceptsGzip, ByItsQuality) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, GZIP;q=0.5, br"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_TRUE(accepts_gzip("identity;q=0.5, *;q=0.1"));
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("identity"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0.000, *"));
}

}  // namespace
}  // namespace pmon::http
