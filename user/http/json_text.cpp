// SPDX-License-Identifier: Apache-2.0
#include "http/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "export/utf8.h"

namespace pmon::http {
namespace {

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      if (static_cast<unsigned char>(c) < 0x20) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      } else {
        out += c;
      }
  }
}

// A whole number of 1e15 to 1e21 with the fewest digits that tell it, zeros behind them; std::chars_format::fixed
// would write digits that the value only happens to have.
void append_large(std::string& out, double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + 2, text.data() + text.size(), exponent);
  std::size_t digits = 0;
  for (const char c : text.substr(0, e)) {
    if (c == '.') continue;
    out += c;
    if (c != '-') ++digits;
  }
  out.append(static_cast<std::size_t>(exponent) + 1 - digits, '0');
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (std::ranges::all_of(text, is_plain)) {
    out += text;
  } else {
    for (const char c : valid_utf8(text)) append_escaped(out, c);
  }
  out += '"';
}

void append_json_labels(std::string& out, const Labels& labels) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : labels) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

void append_json_value(std::string& out, double value) {
  out += '"';
  const double size = std::abs(value);
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (size >= 1e15 && size < 1e21) {
    append_large(out, value);
  } else {
    const bool scientific = size != 0 && (size < 1e-6 || size >= 1e21);
    std::array<char, 40> buffer;
    const auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
    out.append(buffer.begin(), std::to_chars(buffer.begin(), buffer.end(), value, format).ptr);
  }
  out += '"';
}

void append_json_time(std::string& out, Timestamp time) {
  if (time < 0) out += '-';
  const Timestamp size = std::abs(time);
  out += std::to_string(size / 1000);
  if (size % 1000 != 0) out += fmt::format(".{:03}", size % 1000);
}

}  // namespace pmon::http
