// SPDX-License-Identifier: Apache-2.0
#include "notify/text.h"

#include <algorithm>

#include <fmt/format.h>

namespace pmon::notify {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kInvisibleSpace = "\u200b";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::size_t length_by(unsigned char lead) {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// Of bytes that are no UTF-8, one.
std::string_view first_character(std::string_view text) {
  const std::string_view character = text.substr(0, length_by(static_cast<unsigned char>(text.front())));
  const auto more = static_cast<std::size_t>(std::ranges::count_if(character.substr(1), is_continuation));
  const bool whole = more + 1 == length_by(static_cast<unsigned char>(text.front()));
  return whole ? character : text.substr(0, 1);
}

char32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return lead;
  char32_t value = lead & (0xffU >> (character.size() + 1));
  for (const char c : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  return value;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

// Bidirectional overrides and isolates, line and paragraph separators, zero-width characters, the byte order mark.
bool is_deceptive(char32_t c) {
  return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

std::string visible(std::string_view text, std::string_view line_break) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view character = first_character(text);
    text.remove_prefix(character.size());
    const char32_t c = code_point(character);
    if (c == '\n' || (c == '\r' && !text.starts_with('\n'))) {
      out += line_break;
    } else if (c == '\t') {
      out += ' ';
    } else if (c == '\r') {
      continue;
    } else if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else if (is_deceptive(c)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += character;
    }
  }
  return out;
}

std::string entities(std::string_view text, bool quotes) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"' && quotes) {
      out += "&quot;";
    } else if (c == '\'' && quotes) {
      out += "&#39;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string one_line(std::string_view text) { return visible(text, " "); }

std::string plain_lines(std::string_view text) { return visible(text, "\n"); }

std::string html(std::string_view text) { return entities(plain_lines(text), true); }

std::string slack_text(std::string_view text) { return entities(one_line(text), false); }

std::string markdown(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '(' && out.ends_with(']')) out += kInvisibleSpace;
    out += c;
    if (c == '<' || c == '@') out += kInvisibleSpace;
  }
  return out;
}

std::string clipped(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  std::size_t end = bytes > kEllipsis.size() ? bytes - kEllipsis.size() : 0;
  while (end > 0 && is_continuation(text[end])) --end;
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

std::size_t json_size(std::string_view text) {
  std::size_t size = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool short_escape = c == '"' || c == '\\' || c == '\n' || c == '\t' || c == '\r' || c == '\b' || c == '\f';
    size += short_escape ? 2 : byte < 0x20 ? 6 : 1;
  }
  return size;
}

}  // namespace pmon::notify
