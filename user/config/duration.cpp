// SPDX-License-Identifier: Apache-2.0
#include "config/duration.h"

#include <array>
#include <charconv>
#include <limits>

namespace pmon::config {
namespace {

struct Unit {
  std::string_view name;
  Timestamp ms;
};

// The order in which units may follow each other.
constexpr std::array<Unit, 7> kUnits = {
    {{"y", 31536000000}, {"w", 604800000}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};
// Prometheus holds durations in nanoseconds in 64 bits.
constexpr Timestamp kLongest = std::numeric_limits<Timestamp>::max() / 1000000;

}  // namespace

std::optional<Timestamp> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  Timestamp total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    Timestamp count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name = text.substr(0, text.find_first_not_of("ywdhms"));
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    const Timestamp unit = kUnits[next_unit++].ms;
    if (count > (kLongest - total) / unit) return std::nullopt;
    total += count * unit;
    text.remove_prefix(name.size());
  }
  return total;
}

std::string duration_text(Timestamp ms) {
  if (ms == 0) return "0s";
  std::string out;
  for (const Unit& unit : kUnits) {
    const bool whole_only = unit.name == "y" || unit.name == "w";
    if (ms < unit.ms || (whole_only && ms % unit.ms != 0)) continue;
    out += std::to_string(ms / unit.ms) + std::string(unit.name);
    ms %= unit.ms;
  }
  return out;
}

}  // namespace pmon::config
