// SPDX-License-Identifier: Apache-2.0
#include "routing/time_interval.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>

#include <fmt/format.h>

namespace pmon::routing {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
// The shortest month: a range of days that is empty even there is a mistake, as in Alertmanager.
constexpr int kShortestMonth = 28;

using ParsedNumber = std::expected<int, std::string>;
using ParseMember = ParsedNumber (*)(std::string_view);

bool in_some(std::span<const Range> ranges, int value) {
  return ranges.empty() ||
         std::ranges::any_of(ranges, [value](const Range& r) { return r.begin <= value && value <= r.end; });
}

bool in_some_day(std::span<const Range> ranges, const CivilTime& civil) {
  if (ranges.empty()) return true;
  const auto day = [&civil](int number) { return number < 0 ? civil.days_in_month + number + 1 : number; };
  return std::ranges::any_of(ranges,
                             [&](const Range& r) { return day(r.begin) <= civil.day && civil.day <= day(r.end); });
}

std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> index_of(std::string_view text, std::span<const std::string_view> names) {
  const auto at = std::ranges::find_if(names, [text](std::string_view name) {
    return std::ranges::equal(text, name,
                              [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  });
  if (at == names.end()) return std::nullopt;
  return static_cast<int>(at - names.begin());
}

ParsedNumber weekday(std::string_view text) {
  if (const auto index = index_of(text, kWeekdays)) return *index;
  return std::unexpected(fmt::format("'{}' is not a weekday (write monday, or monday:friday)", text));
}

ParsedNumber month(std::string_view text) {
  if (const auto index = index_of(text, kMonths)) return *index + 1;
  if (const auto number = number_of(text); number && *number >= 1 && *number <= 12) return *number;
  return std::unexpected(fmt::format("'{}' is not a month (write january, 1, or january:march)", text));
}

ParsedNumber day_of_month(std::string_view text) {
  if (const auto number = number_of(text); number && *number != 0 && std::abs(*number) <= 31) return *number;
  return std::unexpected(fmt::format("'{}' is not a day of the month (1 to 31, or -1 to -31 from its end)", text));
}

ParsedNumber year(std::string_view text) {
  if (const auto number = number_of(text); number && *number > 0) return *number;
  return std::unexpected(fmt::format("'{}' is not a year", text));
}

ParsedRange range_of(std::string_view text, ParseMember member) {
  const std::size_t colon = text.find(':');
  const ParsedNumber begin = member(text.substr(0, colon));
  if (!begin) return std::unexpected(begin.error());
  if (colon == std::string_view::npos) return Range{*begin, *begin};
  const ParsedNumber end = member(text.substr(colon + 1));
  if (!end) return std::unexpected(end.error());
  return Range{*begin, *end};
}

ParsedRange rising(std::string_view text, ParseMember member) {
  ParsedRange range = range_of(text, member);
  if (range && range->begin > range->end) {
    return std::unexpected(fmt::format("'{}' ends before it begins; write two ranges", text));
  }
  return range;
}

}  // namespace

bool TimeInterval::contains(Timestamp wall) const {
  const CivilTime civil = zone.at(wall);
  const bool in_times = times.empty() || std::ranges::any_of(times, [&](const Range& r) {
                          return r.begin <= civil.minute && civil.minute < r.end;
                        });
  return in_times && in_some_day(days_of_month, civil) && in_some(months, civil.month) &&
         in_some(weekdays, civil.weekday) && in_some(years, civil.year);
}

ParsedRange parse_weekdays(std::string_view text) { return rising(text, weekday); }
ParsedRange parse_months(std::string_view text) { return rising(text, month); }
ParsedRange parse_years(std::string_view text) { return rising(text, year); }

ParsedRange parse_days_of_month(std::string_view text) {
  ParsedRange range = range_of(text, day_of_month);
  if (!range) return range;
  if (range->begin < 0 && range->end > 0) {
    return std::unexpected(fmt::format("'{}' begins counting from the month's end, so its end must, too", text));
  }
  const auto in_shortest = [](int day) { return day < 0 ? kShortestMonth + day : day; };
  if (in_shortest(range->begin) > in_shortest(range->end)) {
    return std::unexpected(fmt::format("'{}' may end before it begins", text));
  }
  return range;
}

std::expected<int, std::string> parse_time_of_day(std::string_view text) {
  const auto digits = [](std::string_view two) {
    return std::ranges::all_of(two, [](char c) { return c >= '0' && c <= '9'; }) ? number_of(two) : std::nullopt;
  };
  if (text.size() == 5 && text[2] == ':') {
    const auto hour = digits(text.substr(0, 2));
    const auto minute = digits(text.substr(3));
    if (hour && minute && *minute < 60 && (*hour < 24 || (*hour == 24 && *minute == 0))) return *hour * 60 + *minute;
  }
  return std::unexpected(fmt::format("'{}' is not a time of day (write 09:00, 17:30, 24:00)", text));
}

}  // namespace pmon::routing
