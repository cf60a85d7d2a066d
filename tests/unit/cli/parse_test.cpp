// SPDX-License-Identifier: Apache-2.0
#include "cli/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon::cli {
namespace {

using testing::HasSubstr;

Result<Timestamp> duration(std::string_view text) { return parse_duration("--interval", text, 100, 3'600'000); }

TEST(ParseDuration, ReadsWholeNumbersWithUnits) {
  EXPECT_EQ(duration("100ms").value(), 100);
  EXPECT_EQ(duration("1s").value(), 1000);
  EXPECT_EQ(duration("1m30s").value(), 90'000);
  EXPECT_EQ(duration("59m59s999ms").value(), 3'599'999);
  EXPECT_EQ(duration("1h").value(), 3'600'000);
  EXPECT_EQ(parse_duration("--duration", "2d3h", 1, 1'000'000'000).value(), 183'600'000);
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"", "1", "s", "1x", "1.5s", "-1s", "1s ", " 1s", "1s1m", "1s1s", "1S", "0x1s", "1ms1s",
                           "1m30", "99999999999999999999s", "inf"}) {
    const auto result = duration(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(result.error().message, HasSubstr("--interval: '" + std::string(text) + "' is not a duration"));
  }
  EXPECT_EQ(duration("30").error().text(),
            "--interval: '30' is not a duration, its unit is missing (write 30s or 30m)");
}

TEST(ParseDuration, NamesTheRange) {
  EXPECT_EQ(duration("99ms").error().message, "--interval: 99ms is not within 100ms to 1h");
  EXPECT_EQ(duration("1h1ms").error().message, "--interval: 1h1ms is not within 100ms to 1h");
}

TEST(ParseNumber, IsStrict) {
  const auto number = [](std::string_view text) { return parse_number<std::int32_t>("--pid", text, 1, 4'194'304); };
  EXPECT_EQ(number("1").value(), 1);
  EXPECT_EQ(number("4194304").value(), 4'194'304);
  for (const char* text : {"", "x", "1x", " 1", "+1", "1.0", "0x10", "1e3"}) {
    EXPECT_EQ(number(text).error().message, "--pid: '" + std::string(text) + "' is not a whole number");
  }
  for (const char* text : {"0", "-1", "4194305", "99999999999999999999"}) {
    EXPECT_EQ(number(text).error().message, "--pid: " + std::string(text) + " is not within 1 to 4194304");
  }
}

TEST(ParseSize, PowersOf1024) {
  const auto size = [](std::string_view text) { return parse_size("--max-size", text, 1, UINT64_MAX).value_or(0); };
  EXPECT_EQ(size("4096"), 4096U);
  EXPECT_EQ(size("64K"), 65'536U);
  EXPECT_EQ(size("100M"), 104'857'600U);
  EXPECT_EQ(size("2G"), 2'147'483'648U);
  EXPECT_EQ(size("1T"), 1'099'511'627'776U);
  const auto error = [](std::string_view text) {
    const auto parsed = parse_size("--max-size", text, 65'536, std::uint64_t{1} << 40);
    return parsed ? "accepted" : parsed.error().text();
  };
  for (const char* const bad : {"", "M", "100MB", "1.5G", "-1K", "+1K", " 1K", "1k"}) {
    EXPECT_EQ(error(bad), "--max-size: '" + std::string(bad) + "' is not a size (write 512K, 100M or 1G)");
  }
  EXPECT_EQ(error("1K"), "--max-size: 1K is not within 65536 to 1099511627776 bytes");
  EXPECT_EQ(error("16777217T"), "--max-size: 16777217T is not within 65536 to 1099511627776 bytes");
}

}  // namespace
}  // namespace pmon::cli
