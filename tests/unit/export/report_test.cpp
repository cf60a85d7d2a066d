// SPDX-License-Identifier: Apache-2.0
#include "export/report.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "export/json_text.h"
#include "window_support.h"

namespace pmon {
namespace {

using test::kWindowTime;
using test::series;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string number(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

TEST(Report, OneObjectALineForEachStatistic) {
  const Window window{kWindowTime,
                      {{"pmon_process_threads",
                        MetricKind::kGauge,
                        {series({{"comm", "nginx"}, {"pid", "7"}}, kWindowTime, {11, 12, 11.2, 12})}},
                       {"pmon_process_cpu_seconds_total",
                        MetricKind::kCounter,
                        {series({{"pid", "7"}}, kWindowTime - 1000, {{5.5, 0.1, {}, {}}})}},
                       {"pmon_build_info", MetricKind::kGauge, {series({}, kWindowTime, {1.0})}}}};
  const Encoded encoded = report_lines(window, {"db1", {}});
  ASSERT_EQ(encoded.items.size(), 1U);
  EXPECT_EQ(encoded.items[0].count, 7U);
  EXPECT_EQ(encoded.left_out, 0U);
  const std::string rest = R"("tags":{"comm":"nginx","pid":"7"}})";
  EXPECT_EQ(encoded.items[0].body,
            R"({"ts":1700000000000,"host":"db1","type":"pmon_process_threads","value":11,)" + rest + "\n" +
                R"({"ts":1700000000000,"host":"db1","type":"pmon_process_threads:max","value":12,)" + rest + "\n" +
                R"({"ts":1700000000000,"host":"db1","type":"pmon_process_threads:mean","value":11.2,)" + rest + "\n" +
                R"({"ts":1700000000000,"host":"db1","type":"pmon_process_threads:p95","value":12,)" + rest + "\n" +
                R"({"ts":1699999999000,"host":"db1","type":"pmon_process_cpu_seconds_total","value":5.5,)" +
                R"("tags":{"pid":"7"}})" + "\n" +
                R"({"ts":1699999999000,"host":"db1","type":"pmon_process_cpu_seconds_total:rate_max","value":0.1,)" +
                R"("tags":{"pid":"7"}})" + "\n" +
                R"({"ts":1700000000000,"host":"db1","type":"pmon_build_info","value":1})" + "\n");
}

TEST(Report, TagsOfTheSinkGiveWayToTheSeriesOwn) {
  const Window window{kWindowTime, {{"m", MetricKind::kGauge, {series({{"env", "own"}}, kWindowTime, {1.0})}}}};
  const Encoded encoded = report_lines(window, {"h", {{"env", "prod"}, {"rack", "r1"}}});
  EXPECT_EQ(encoded.items[0].body,
            R"({"ts":1700000000000,"host":"h","type":"m","value":1,"tags":{"env":"own","rack":"r1"}})"
            "\n");
}

TEST(Report, HostileTextStaysOneLineOfJson) {
  const Window window{kWindowTime,
                      {{"m", MetricKind::kGauge, {series({{"comm", test::kHostile}}, kWindowTime, {1.0})}}}};
  const Encoded encoded = report_lines(window, {test::kHostile, {}});
  const std::string& body = encoded.items[0].body;
  EXPECT_EQ(body.find('\n'), body.size() - 1);
  const auto parsed = nlohmann::json::parse(body);
  const std::string expected = "a\nb\"c\\d,e=f g\xef\xbf\xbd\t\x01h\\";
  EXPECT_EQ(parsed["tags"]["comm"], expected);
  EXPECT_EQ(parsed["host"], expected);
}

TEST(Report, WhatJsonHasNoWordForIsLeftOutAndCounted) {
  const Window window{
      kWindowTime, {{"m", MetricKind::kGauge, {series({}, kWindowTime, {std::nan(""), kInfinity, -kInfinity, 2.5})}}}};
  const Encoded encoded = report_lines(window, {"h", {}});
  EXPECT_EQ(encoded.left_out, 3U);
  EXPECT_EQ(encoded.items[0].body, R"({"ts":1700000000000,"host":"h","type":"m:p95","value":2.5})"
                                   "\n");
}

TEST(Report, BodiesAreBounded) {
  Window window{kWindowTime, {{"m", MetricKind::kGauge, {}}}};
  for (int i = 0; i < 25; ++i) window.families[0].series.push_back(series({}, kWindowTime, {1.0 * i}));
  const Encoded by_lines = report_lines(window, {"h", {}, 10});
  ASSERT_EQ(by_lines.items.size(), 3U);
  EXPECT_EQ(by_lines.items[2].count, 5U);

  const std::string large(100'000, 'x');
  for (auto& each : window.families[0].series) each.labels.set("l", large);
  const Encoded by_bytes = report_lines(window, {"h", {}});
  ASSERT_EQ(by_bytes.items.size(), 3U);
  for (const auto& item : by_bytes.items) EXPECT_LE(item.body.size(), Batches::kMostBytes);
}

TEST(Report, NothingMakesNoBody) {
  EXPECT_TRUE(report_lines({kWindowTime, {}}, {"h", {}}).items.empty());
  WindowSeries ended = series({}, kWindowTime, {});
  ended.ended = true;
  EXPECT_TRUE(report_lines({kWindowTime, {{"m", MetricKind::kGauge, {ended}}}}, {"h", {}}).items.empty());
}

TEST(Report, LinesBecomeAnArray) {
  EXPECT_EQ(report_array("{\"a\":1}\n{\"b\":2}\n"), "[{\"a\":1},\n{\"b\":2}]");
  EXPECT_EQ(report_array("{}"), "[{}]");
  EXPECT_EQ(report_array(""), "[]");
}

TEST(JsonText, NumbersReadBackTheSame) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(-3), "-3");
  EXPECT_EQ(number(9007199254740992), "9007199254740992");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(1e300), "1e+300");
  EXPECT_EQ(number(1.5e-9), "1.5e-09");
  for (const double value : {1e17, 0.1 + 0.2, 5e-324, 123456.789, 1.7976931348623157e308}) {
    EXPECT_EQ(nlohmann::json::parse(number(value)).get<double>(), value);
  }
}

}  // namespace
}  // namespace pmon
