// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "promql/lexer.h"
#include "promql/syntax_error.h"
#include "promql/utf8.h"

namespace pmon::promql {

namespace {

// The number written by exactly `digits` digits at `at`.
std::uint32_t number(std::string_view inside, std::size_t at, std::size_t digits, int base, std::size_t place) {
  const std::string_view text = inside.substr(at, digits);
  std::uint32_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.size() != digits || result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    throw SyntaxError{place, fmt::format("escape sequence needs {} digits of base {}", digits, base)};
  }
  return value;
}

// The one-letter escapes; '\0' where c is none.
char simple_escape(char c, char quote) {
  switch (c) {
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case '\\': return '\\';
    default: return c == quote ? quote : '\0';
  }
}

}  // namespace

std::string unescape(std::string_view inside, char quote, std::size_t place) {
  if (quote == '`') return std::string(inside);
  std::string out;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      out += inside[i];
      continue;
    }
    const std::size_t here = place + i;
    const char c = ++i < inside.size() ? inside[i] : '\0';
    if (const char simple = simple_escape(c, quote); simple != '\0') {
      out += simple;
    } else if (c == 'x') {
      out += static_cast<char>(number(inside, i + 1, 2, 16, here));
      i += 2;
    } else if (c == 'u' || c == 'U') {
      const std::size_t digits = c == 'u' ? 4 : 8;
      const std::uint32_t code = number(inside, i + 1, digits, 16, here);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        throw SyntaxError{here, "escape sequence is no Unicode code point"};
      }
      append_utf8(out, code);
      i += digits;
    } else if (c >= '0' && c <= '7') {
      const std::uint32_t byte = number(inside, i, 3, 8, here);
      if (byte > 0xff) throw SyntaxError{here, "octal escape sequence above 255"};
      out += static_cast<char>(byte);
      i += 2;
    } else {
      throw SyntaxError{here, fmt::format("unknown escape sequence \"{}\"", inside.substr(i - 1, 2))};
    }
  }
  return out;
}

}  // namespace pmon::promql
