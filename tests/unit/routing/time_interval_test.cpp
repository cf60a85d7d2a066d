// SPDX-License-Identifier: Apache-2.0
#include "routing/time_interval.h"

#include <gtest/gtest.h>

namespace pmon::routing {
namespace {

constexpr Timestamp kMinute = 60'000;
constexpr Timestamp kHour = 60 * kMinute;
constexpr Timestamp kDay = 24 * kHour;
constexpr Timestamp kNewYear2024 = 1'704'067'200'000;         // Monday, 2024-01-01 00:00 UTC
constexpr Timestamp kLeapDay2024 = kNewYear2024 + 59 * kDay;  // Thursday, 2024-02-29
constexpr Timestamp kSummer2024 = kNewYear2024 + 182 * kDay;  // Monday, 2024-07-01

TimeInterval in(const char* zone) {
  auto found = TimeZone::find(zone);
  EXPECT_TRUE(found) << found.error().text();
  TimeInterval interval;
  if (found) interval.zone = *found;
  return interval;
}

TEST(TimeInterval, WithoutRangesHoldsAlways) { EXPECT_TRUE(TimeInterval().contains(kNewYear2024)); }

TEST(TimeInterval, TimesOfDayExcludeTheirEnd) {
  TimeInterval interval;
  interval.times = {{9 * 60, 17 * 60}, {22 * 60, 24 * 60}};
  EXPECT_FALSE(interval.contains(kNewYear2024 + 9 * kHour - 1));
  EXPECT_TRUE(interval.contains(kNewYear2024 + 9 * kHour));
  EXPECT_TRUE(interval.contains(kNewYear2024 + 17 * kHour - 1));
  EXPECT_FALSE(interval.contains(kNewYear2024 + 17 * kHour));
  EXPECT_TRUE(interval.contains(kNewYear2024 + kDay - 1));
  EXPECT_FALSE(interval.contains(kNewYear2024 + kDay));
}

TEST(TimeInterval, WeekdaysBeginWithSunday) {
  TimeInterval interval;
  interval.weekdays = {{1, 5}};
  EXPECT_FALSE(interval.contains(kNewYear2024 - 1)) << "a Sunday";
  EXPECT_TRUE(interval.contains(kNewYear2024));
  EXPECT_TRUE(interval.contains(kNewYear2024 + 5 * kDay - 1));
  EXPECT_FALSE(interval.contains(kNewYear2024 + 5 * kDay)) << "a Saturday";
  interval.weekdays = {{0, 0}};
  EXPECT_TRUE(interval.contains(kNewYear2024 - 1));
}

TEST(TimeInterval, DaysCountFromTheMonthsEndAsWell) {
  TimeInterval interval;
  interval.days_of_month = {{-1, -1}};
  EXPECT_TRUE(interval.contains(kLeapDay2024)) << "of a leap year's February";
  EXPECT_FALSE(interval.contains(kLeapDay2024 - kDay));
  EXPECT_TRUE(interval.contains(kNewYear2024 - 1));
  interval.days_of_month = {{30, 31}};
  EXPECT_FALSE(interval.contains(kLeapDay2024)) << "it has neither";
  interval.days_of_month = {{5, -25}};
  EXPECT_TRUE(interval.contains(kLeapDay2024 - 24 * kDay)) << "the 5th is the 25th from the end";
  EXPECT_FALSE(interval.contains(kLeapDay2024 - 23 * kDay));
}

TEST(TimeInterval, AllListsMustHold) {
  TimeInterval interval;
  interval.months = {{7, 8}, {12, 12}};
  interval.years = {{2024, 2025}};
  interval.weekdays = {{1, 1}};
  EXPECT_TRUE(interval.contains(kSummer2024));
  EXPECT_FALSE(interval.contains(kSummer2024 + kDay)) << "a Tuesday";
  EXPECT_FALSE(interval.contains(kNewYear2024)) << "a Monday in January";
  EXPECT_FALSE(interval.contains(kSummer2024 + 2 * 364 * kDay)) << "a Monday in June 2026";
}

TEST(TimeInterval, GoesByTheClockOfItsZone) {
  TimeInterval interval = in("Europe/Berlin");
  interval.times = {{9 * 60, 10 * 60}};
  EXPECT_TRUE(interval.contains(kNewYear2024 + 8 * kHour)) << "an hour ahead in winter";
  EXPECT_FALSE(interval.contains(kNewYear2024 + 9 * kHour));
  EXPECT_TRUE(interval.contains(kSummer2024 + 7 * kHour)) << "two in summer";
  EXPECT_FALSE(interval.contains(kSummer2024 + 8 * kHour));
}

TEST(TimeInterval, TheDayIsThatOfTheZone) {
  TimeInterval interval = in("Asia/Tokyo");
  interval.weekdays = {{2, 2}};
  interval.months = {{1, 1}};
  EXPECT_TRUE(interval.contains(kNewYear2024 + 15 * kHour)) << "Tuesday there, Monday in UTC";
  EXPECT_FALSE(interval.contains(kNewYear2024 + 14 * kHour));
}

TEST(TimeZone, NamesAreThoseOfTheDatabase) {
  EXPECT_TRUE(TimeZone::find("UTC"));
  EXPECT_TRUE(TimeZone::find(""));
  EXPECT_TRUE(TimeZone::find("Local"));
  EXPECT_TRUE(TimeZone::find("America/Argentina/Buenos_Aires"));
  for (const char* name : {"Nowhere/City", "utc", "/etc/localtime", "../zoneinfo/UTC", "Fixed/UTC+01:00:00",
                           "localtime", "file:/etc/localtime"}) {
    EXPECT_FALSE(TimeZone::find(name)) << name;
  }
}

TEST(ParseRanges, TakeOneOrTwoEnds) {
  EXPECT_EQ(parse_weekdays("Monday:FRIDAY"), (Range{1, 5}));
  EXPECT_EQ(parse_weekdays("sunday"), (Range{0, 0}));
  EXPECT_EQ(parse_months("may:8"), (Range{5, 8}));
  EXPECT_EQ(parse_months("December"), (Range{12, 12}));
  EXPECT_EQ(parse_days_of_month("1:-1"), (Range{1, -1}));
  EXPECT_EQ(parse_days_of_month("-3:-1"), (Range{-3, -1}));
  EXPECT_EQ(parse_years("2024"), (Range{2024, 2024}));
  EXPECT_EQ(parse_time_of_day("00:00"), 0);
  EXPECT_EQ(parse_time_of_day("24:00"), 1440);
}

TEST(ParseRanges, RefuseWhatIsNone) {
  for (const char* text : {"", ":", "1:", "x", "1:2:3", "0", "32", "-32", "1 : 2", "5:1", "-1:-3"}) {
    EXPECT_FALSE(parse_days_of_month(text)) << text;
  }
  for (const char* text : {"", "24:30", "9:00", "+9:00", "0900", "12:60", "-1:00", "12:0 "}) {
    EXPECT_FALSE(parse_time_of_day(text)) << text;
  }
  EXPECT_FALSE(parse_years("0"));
  EXPECT_FALSE(parse_months("13"));
  EXPECT_FALSE(parse_weekdays("1"));
}

}  // namespace
}  // namespace pmon::routing
