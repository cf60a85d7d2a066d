// SPDX-License-Identifier: Apache-2.0
#include "rules/humanize.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <span>

#include <fmt/format.h>

#include "rules/template_value.h"

namespace pmon::rules {
namespace {

constexpr const char* kLarge[] = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr const char* kBinary[] = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
constexpr const char* kSmall[] = {"m", "u", "n", "p", "f", "a", "z", "y"};

std::string four_digits(double value) {
  const TemplateValue arg = value;
  return go_sprintf("%.4g", {&arg, 1});
}

std::string scaled_down(double value, std::span<const char* const> prefixes, double step) {
  const char* prefix = "";
  for (const char* next : prefixes) {
    if (std::abs(value) < step) break;
    prefix = next;
    value /= step;
  }
  return four_digits(value) + prefix;
}

std::string scaled_up(double value) {
  const char* prefix = "";
  for (const char* next : kSmall) {
    if (std::abs(value) >= 1) break;
    prefix = next;
    value *= 1000;
  }
  return four_digits(value) + prefix;
}

}  // namespace

std::string humanize(double value) {
  if (value == 0 || !std::isfinite(value)) return four_digits(value);
  return std::abs(value) >= 1 ? scaled_down(value, kLarge, 1000) : scaled_up(value);
}

std::string humanize1024(double value) {
  if (std::abs(value) <= 1 || !std::isfinite(value)) return four_digits(value);
  return scaled_down(value, kBinary, 1024);
}

std::string humanize_duration(double seconds) {
  if (!std::isfinite(seconds)) return four_digits(seconds);
  if (seconds == 0) return four_digits(seconds) + "s";
  if (std::abs(seconds) < 1) return scaled_up(seconds) + "s";
  const char* sign = seconds < 0 ? "-" : "";
  seconds = std::abs(seconds);
  if (seconds >= 9.2e18) return sign + four_digits(seconds) + "s";
  const auto whole = static_cast<std::int64_t>(seconds);
  const std::int64_t s = whole % 60;
  const std::int64_t m = whole / 60 % 60;
  const std::int64_t h = whole / 3600 % 24;
  const std::int64_t d = whole / 86400;
  if (d != 0) return fmt::format("{}{}d {}h {}m {}s", sign, d, h, m, s);
  if (h != 0) return fmt::format("{}{}h {}m {}s", sign, h, m, s);
  if (m != 0) return fmt::format("{}{}m {}s", sign, m, s);
  return sign + four_digits(seconds) + "s";
}

std::string humanize_percentage(double ratio) { return four_digits(ratio * 100) + "%"; }

std::optional<std::string> humanize_timestamp(double seconds) {
  if (!std::isfinite(seconds)) return four_digits(seconds);
  const double nanoseconds = seconds * 1e9;
  if (std::abs(nanoseconds) >= 9223372036854775807.0) return std::nullopt;
  // Prometheus's times are milliseconds.
  const std::int64_t ms = static_cast<std::int64_t>(nanoseconds) / 1000000;
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(ms)};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto of_day = (time - day).count();
  std::string fraction;
  if (of_day % 1000 != 0) {
    fraction = fmt::format(".{:03}", of_day % 1000);
    while (fraction.back() == '0') fraction.pop_back();
  }
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}{} +0000 UTC", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day / 3600000,
                     of_day / 60000 % 60, of_day / 1000 % 60, fraction);
}

}  // namespace pmon::rules
