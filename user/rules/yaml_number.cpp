// SPDX-License-Identifier: Apache-2.0
#include "rules/yaml_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace pmon::rules {
namespace {

struct Prefix {
  std::string_view text;
  int base;
};

// The longer ones first; a plain 0 in front means octal, where the digits allow it.
constexpr std::array<Prefix, 8> kPrefixes = {
    {{"0x", 16}, {"0X", 16}, {"0o", 8}, {"0O", 8}, {"0b", 2}, {"0B", 2}, {"0", 8}, {"", 10}}};

constexpr std::array<std::string_view, 3> kInfinity = {".inf", ".Inf", ".INF"};
constexpr std::array<std::string_view, 3> kNan = {".nan", ".NaN", ".NAN"};

std::optional<double> whole(std::string_view digits) {
  for (const Prefix& prefix : kPrefixes) {
    if (!digits.starts_with(prefix.text) || digits.size() == prefix.text.size()) continue;
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data() + prefix.text.size(), end, value, prefix.base);
    if (read.ec == std::errc() && read.ptr == end) return static_cast<double>(value);
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<double> real(std::string_view text) {
  const bool starts_well = text.find_first_of("0123456789") <= (text.starts_with('.') ? 1 : 0);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (!starts_well || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> yaml_number(std::string_view scalar) {
  if (std::ranges::find(kNan, scalar) != kNan.end()) return std::numeric_limits<double>::quiet_NaN();
  const double sign = scalar.starts_with('-') ? -1 : 1;
  if (scalar.starts_with('-') || scalar.starts_with('+')) scalar.remove_prefix(1);
  if (std::ranges::find(kInfinity, scalar) != kInfinity.end()) return sign * std::numeric_limits<double>::infinity();
  if (scalar.starts_with('_')) return std::nullopt;
  std::string digits(scalar);
  std::erase(digits, '_');
  const std::optional<double> value = whole(digits);
  const std::optional<double> magnitude = value ? value : real(digits);
  if (!magnitude) return std::nullopt;
  return sign * *magnitude;
}

}  // namespace pmon::rules
