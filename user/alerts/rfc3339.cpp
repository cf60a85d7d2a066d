// SPDX-License-Identifier: Apache-2.0
#include "alerts/rfc3339.h"

#include <chrono>

#include <fmt/format.h>

namespace pmon::alerts {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_days;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes from the front of a text; one failure fails all that comes after.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || !is_digit(rest_[i])) return failed();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view any_of) {
    if (!take(any_of)) failed();
  }
  // The digits behind the point of a second, as milliseconds.
  int fraction() {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && is_digit(rest_[digits]); ++digits) {
      if (digits < 3) value = value * 10 + (rest_[digits] - '0');
    }
    if (digits == 0) return failed();
    for (std::size_t missing = digits; missing < 3; ++missing) value *= 10;
    rest_.remove_prefix(digits);
    return value;
  }
  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  int failed() {
    failed_ = true;
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

// Minutes east of Greenwich.
std::optional<int> read_zone(Reader& reader) {
  if (reader.take("Zz")) return 0;
  const bool west = reader.take("-");
  if (!west) reader.expect("+");
  const int hours = reader.number(2);
  reader.expect(":");
  const int minutes = reader.number(2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (west ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::string format_rfc3339(Timestamp time) {
  const std::chrono::sys_time<milliseconds> point{milliseconds(time)};
  const sys_days day = std::chrono::floor<days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<milliseconds> clock(point - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Reader reader(text);
  const int year = reader.number(4);
  reader.expect("-");
  const int month = reader.number(2);
  reader.expect("-");
  const int day = reader.number(2);
  reader.expect("Tt ");
  const int hour = reader.number(2);
  reader.expect(":");
  const int minute = reader.number(2);
  reader.expect(":");
  const int second = reader.number(2);
  const int ms = reader.take(".") ? reader.fraction() : 0;
  const std::optional<int> zone = read_zone(reader);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!reader.done() || !zone || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const Timestamp day_ms = std::chrono::duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count();
  return day_ms + ((hour * 60LL + minute - *zone) * 60 + second) * 1000 + ms;
}

}  // namespace pmon::alerts
