// SPDX-License-Identifier: Apache-2.0
#include "export/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "export/utf8.h"

namespace pmon {

namespace {

constexpr double kLargestExact = 9007199254740992;  // 2^53

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (static_cast<unsigned char>(c) < 0x20) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  } else {
    out += c;
  }
}

template <typename Number>
void append_shortest(std::string& out, Number value) {
  std::array<char, 32> buffer;
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const Utf8Char c = first_utf8_char(text);
    if (!c.valid) {
      out += "\xef\xbf\xbd";
    } else if (c.length == 1) {
      append_ascii(out, text.front());
    } else {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (value == std::trunc(value) && std::abs(value) <= kLargestExact) {
    append_shortest(out, static_cast<std::int64_t>(value));
  } else {
    append_shortest(out, value);
  }
}

void append_json_object(std::string& out, const Labels& labels) {
  char separator = '{';
  for (const auto& [name, value] : labels) {
    out += separator;
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
    separator = ',';
  }
  out += separator == '{' ? "{}" : "}";
}

}  // namespace pmon
