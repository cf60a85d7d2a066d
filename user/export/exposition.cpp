// SPDX-License-Identifier: Apache-2.0
#include "export/exposition.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "export/utf8.h"

namespace pmon::exposition {

namespace {

std::string_view type_name(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter: return "counter";
    case MetricKind::kGauge: return "gauge";
  }
  return "untyped";
}

// HELP escapes backslash and line feed; label values the double quote as well.
void append_escaped(std::string& out, std::string_view value, bool quote) {
  for (const char c : value) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quote) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

bool is_ascii(std::string_view value) {
  for (const char c : value) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

void append_sample(std::string& out, const std::string& name, const Sample& sample) {
  out += name;
  char separator = '{';
  for (const auto& [label, value] : sample.labels) {
    if (label == kNameLabel) continue;
    out += separator;
    out += label;
    out += "=\"";
    append_escaped(out, is_ascii(value) ? value : valid_utf8(value), true);
    out += '"';
    separator = ',';
  }
  if (separator == ',') out += '}';
  out += ' ';
  out += format_value(sample.value);
  out += '\n';
}

}  // namespace

std::string format_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> buffer;
  const auto scientific = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::scientific);
  const std::string_view digits(buffer.data(), static_cast<std::size_t>(scientific.ptr - buffer.data()));
  int exponent = 0;
  const std::size_t e = digits.find('e');
  const std::size_t first = e + (digits[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits.data() + first, digits.data() + digits.size(), exponent);
  if (exponent < -4 || exponent >= 6) return std::string(digits);  // Go's choice for the shortest form
  const auto fixed = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::fixed);
  return {buffer.data(), fixed.ptr};
}

std::string text(std::span<const Family> families) {
  std::string out;
  for (const Family& family : families) {
    if (family.samples.empty()) continue;
    out += "# HELP " + family.name + ' ';
    append_escaped(out, valid_utf8(family.help), false);
    out += fmt::format("\n# TYPE {} {}\n", family.name, type_name(family.kind));
    for (const Sample& sample : family.samples) append_sample(out, family.name, sample);
  }
  return out;
}

}  // namespace pmon::exposition
