// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "pmon/snapshot.h"
#include "routing/time_zone.h"

namespace pmon::routing {

struct Range {
  int begin = 0;
  int end = 0;
  bool operator==(const Range&) const = default;
};

// A recurring stretch of time, as in Alertmanager: an instant is in it that is in some range of each list that is
// not empty. Ranges include both ends, but for the times of day, which exclude their end.
struct TimeInterval {
  std::vector<Range> times;          // minutes of the day, 0 … 1440
  std::vector<Range> weekdays;       // 0 is Sunday
  std::vector<Range> days_of_month;  // 1 … 31, or -31 … -1 from the month's end
  std::vector<Range> months;         // 1 … 12
  std::vector<Range> years;
  TimeZone zone;

  [[nodiscard]] bool contains(Timestamp wall) const;
};

// What is written in a configuration, or why it is not right: "monday:friday", "1:5", "-3:-1", "may:august", "2030".
using ParsedRange = std::expected<Range, std::string>;
[[nodiscard]] ParsedRange parse_weekdays(std::string_view text);
[[nodiscard]] ParsedRange parse_days_of_month(std::string_view text);
[[nodiscard]] ParsedRange parse_months(std::string_view text);
[[nodiscard]] ParsedRange parse_years(std::string_view text);
// "09:00" … "24:00" as a minute of the day.
[[nodiscard]] std::expected<int, std::string> parse_time_of_day(std::string_view text);

}  // namespace pmon::routing
