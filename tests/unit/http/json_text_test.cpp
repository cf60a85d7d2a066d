// SPDX-License-Identifier: Apache-2.0
#include "http/json_text.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace pmon::http {
namespace {

std::string value(double number) {
  std::string out;
  append_json_value(out, number);
  return out;
}

std::string time(Timestamp ms) {
  std::string out;
  append_json_time(out, ms);
  return out;
}

// Go's json.Marshal of the same numbers.
TEST(JsonValue, IsGosForm) {
  EXPECT_EQ(value(0), "\"0\"");
  EXPECT_EQ(value(-0.0), "\"-0\"");
  EXPECT_EQ(value(1.5), "\"1.5\"");
  EXPECT_EQ(value(0.1), "\"0.1\"");
  EXPECT_EQ(value(0.000001), "\"0.000001\"");
  EXPECT_EQ(value(0.0000001), "\"1e-07\"");
  EXPECT_EQ(value(16617025536), "\"16617025536\"");
  EXPECT_EQ(value(1e15), "\"1000000000000000\"");
  EXPECT_EQ(value(-1.2345678901234567e20), "\"-123456789012345670000\"");
  EXPECT_EQ(value(9007199254740993), "\"9007199254740992\"");
  EXPECT_EQ(value(999999999999999.9), "\"999999999999999.9\"");
  EXPECT_EQ(value(1e21), "\"1e+21\"");
  EXPECT_EQ(value(std::numeric_limits<double>::max()), "\"1.7976931348623157e+308\"");
  EXPECT_EQ(value(5e-324), "\"5e-324\"");
  EXPECT_EQ(value(NAN), "\"NaN\"");
  EXPECT_EQ(value(INFINITY), "\"+Inf\"");
  EXPECT_EQ(value(-INFINITY), "\"-Inf\"");
}

TEST(JsonTime, HasMillisecondsWhereThereAreAny) {
  EXPECT_EQ(time(1'700'000'000'000), "1700000000");
  EXPECT_EQ(time(1'700'000'000'100), "1700000000.100");
  EXPECT_EQ(time(1'700'000'000'007), "1700000000.007");
  EXPECT_EQ(time(-1500), "-1.500");
  EXPECT_EQ(time(0), "0");
}

TEST(JsonString, EscapesWhatMustBe) {
  std::string out;
  append_json_string(out, "q\"b\\n\n\t\r\x01\x7f\xc3\xa9\xff");
  EXPECT_EQ(out, "\"q\\\"b\\\\n\\n\\t\\r\\u0001\x7f\xc3\xa9\xef\xbf\xbd\"");
}

TEST(JsonLabels, AreAnObject) {
  std::string out;
  append_json_labels(out, {{"__name__", "up"}, {"pid", "1"}});
  EXPECT_EQ(out, R"({"__name__":"up","pid":"1"})");
}

}  // namespace
}  // namespace pmon::http
