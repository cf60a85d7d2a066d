// SPDX-License-Identifier: Apache-2.0
#include "export/line_protocol.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "window_support.h"

namespace pmon {
namespace {

using test::kWindowTime;
using test::series;

TEST(LineProtocol, OneLineForEachSeries) {
  const Window window{kWindowTime,
                      {{"pmon_process_threads",
                        MetricKind::kGauge,
                        {series({{"comm", "nginx"}, {"pid", "7"}}, kWindowTime, {11, 12, 11.2, 12})}},
                       {"pmon_process_cpu_seconds_total",
                        MetricKind::kCounter,
                        {series({{"pid", "7"}}, kWindowTime - 1000, {1e6, 0.5, 0.25, 0.5}),
                         series({{"pid", "8"}}, kWindowTime, {3.0})}}}};
  const Encoded encoded = line_protocol(window, {{{"host", "db1"}}});
  ASSERT_EQ(encoded.items.size(), 1U);
  EXPECT_EQ(encoded.items[0].count, 9U);
  EXPECT_EQ(encoded.items[0].body,
            "pmon_process_threads,comm=nginx,host=db1,pid=7 last=11,max=12,mean=11.2,p95=12 1700000000000\n"
            "pmon_process_cpu_seconds_total,host=db1,pid=7 last=1e+06,rate_max=0.5,rate_mean=0.25,rate_p95=0.5 "
            "1699999999000\n"
            "pmon_process_cpu_seconds_total,host=db1,pid=8 last=3 1700000000000\n");
}

TEST(LineProtocol, SpecialCharactersAreEscaped) {
  EXPECT_EQ(line_protocol_escaped("plain"), "plain");
  EXPECT_EQ(line_protocol_escaped("a,b=c d"), "a\\,b\\=c\\ d");
  EXPECT_EQ(line_protocol_escaped("a,b=c d", true), "a\\,b=c\\ d");
  EXPECT_EQ(line_protocol_escaped("say \"x\""), "say\\ \"x\"") << "quotes are nothing special in a tag";
  EXPECT_EQ(line_protocol_escaped("C:\\dir"), "C:\\dir") << "nor is a backslash before a letter";
  EXPECT_EQ(line_protocol_escaped("a\nb\rc\td"), "a\\nb\\rc\\td") << "a line break would end the line";
  EXPECT_EQ(line_protocol_escaped("\x01\x7f"), "??");
  EXPECT_EQ(line_protocol_escaped("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(line_protocol_escaped("größe"), "größe");
}

// A server would take it as the escape of what follows, and read the rest of the line as something else.
TEST(LineProtocol, ABackslashNeverEscapesWhatFollowsIt) {
  EXPECT_EQ(line_protocol_escaped("end\\"), "end/");
  EXPECT_EQ(line_protocol_escaped("end\\\\"), "end//");
  EXPECT_EQ(line_protocol_escaped("a\\,b"), "a/\\,b");
  EXPECT_EQ(line_protocol_escaped("a\\\\ b"), "a//\\ b");
  EXPECT_EQ(line_protocol_escaped("a\\=b", true), "a\\=b");
  EXPECT_EQ(line_protocol_escaped("a\\\nb"), "a/\\nb");
}

TEST(LineProtocol, HostileTextIsOneLine) {
  const Window window{kWindowTime,
                      {{"m", MetricKind::kGauge, {series({{"comm", test::kHostile}}, kWindowTime, {1.0})}}}};
  EXPECT_EQ(line_protocol(window, {}).items[0].body,
            "m,comm=a\\nb\"c\\d\\,e\\=f\\ g\xef\xbf\xbd\\t?h/ last=1 1700000000000\n");
}

TEST(LineProtocol, WhatInfluxHasNoWordForIsLeftOutAndCounted) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Window window{
      kWindowTime,
      {{"m",
        MetricKind::kGauge,
        {series({}, kWindowTime, {std::nan(""), infinity, 2.0, -infinity}), series({}, kWindowTime, {infinity})}}}};
  const Encoded encoded = line_protocol(window, {});
  EXPECT_EQ(encoded.left_out, 4U);
  ASSERT_EQ(encoded.items.size(), 1U);
  EXPECT_EQ(encoded.items[0].body, "m mean=2 1700000000000\n") << "a line without a field would be an error";
}

TEST(LineProtocol, BatchesAreBoundedByLines) {
  Window window{kWindowTime, {{"m", MetricKind::kGauge, {}}}};
  for (int i = 0; i < 7; ++i) window.families[0].series.push_back(series({}, kWindowTime, {1, 2, 3, 4}));
  const Encoded encoded = line_protocol(window, {{}, 3});
  ASSERT_EQ(encoded.items.size(), 3U);
  EXPECT_EQ(encoded.items[0].count, 12U);
  EXPECT_EQ(encoded.items[2].count, 4U);
}

}  // namespace
}  // namespace pmon
