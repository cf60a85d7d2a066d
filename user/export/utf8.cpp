// SPDX-License-Identifier: Apache-2.0
#include "export/utf8.h"

#include <fmt/format.h>

namespace pmon {

namespace {

unsigned char byte(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

bool is_continuation(unsigned char b) { return (b & 0xc0) == 0x80; }

// Bidirectional overrides and isolates, line and paragraph separators, zero-width characters, the byte order mark.
bool is_deceptive(char32_t c) {
  return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

}  // namespace

Utf8Char first_utf8_char(std::string_view text) {
  const unsigned char lead = byte(text, 0);
  if (lead < 0x80) return {1, lead, true};
  std::size_t length = 0;
  char32_t code_point = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
    code_point = lead & 0x1fU;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    code_point = lead & 0x0fU;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    code_point = lead & 0x07U;
  } else {
    return {};
  }
  if (text.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(byte(text, i))) return {};
    code_point = code_point << 6 | (byte(text, i) & 0x3fU);
  }
  const bool overlong = (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (overlong || surrogate || code_point > 0x10ffff) return {};
  return {length, code_point, true};
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Char c = first_utf8_char(text);
    out += c.valid ? text.substr(0, c.length) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(c.length);
  }
  return out;
}

std::string harmless(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Char c = first_utf8_char(text);
    if (!c.valid) {
      out += fmt::format("\\x{:02x}", byte(text, 0));
    } else if (is_control(c.code_point)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c.code_point));
    } else if (is_deceptive(c.code_point)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.code_point));
    } else {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return out;
}

std::string harmless_lines(std::string_view text) {
  std::string out;
  for (std::size_t end = 0; (end = text.find_first_of("\n\t")) != std::string_view::npos; text.remove_prefix(end + 1)) {
    out += harmless(text.substr(0, end)) + text[end];
  }
  return out + harmless(text);
}

}  // namespace pmon
