// SPDX-License-Identifier: Apache-2.0
#include "rules/template_texts.h"

#include <arpa/inet.h>
#include <clocale>
#include <cwctype>

#include <cctype>

#include <fmt/format.h>

#include "promql/utf8.h"

namespace pmon::rules {
namespace {

// The C library's character tables, whatever the process's own locale is.
locale_t unicode() {
  static const locale_t tables = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return tables;
}

struct Character {
  std::uint32_t code = 0;
  std::size_t size = 1;  // bytes
  bool valid = false;
};

Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  std::uint32_t code = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  return {code, size, true};
}

// Bytes that are no characters stay.
template <typename Map>
std::string mapped(std::string_view text, Map map) {
  std::string out;
  while (!text.empty()) {
    const Character character = first_of(text);
    const std::string_view written = text.substr(0, character.size);
    const std::uint32_t code = character.valid ? map(character.code) : character.code;
    out += code == character.code ? std::string(written) : utf8(code);
    text.remove_prefix(character.size);
  }
  return out;
}

std::uint32_t upper(std::uint32_t code) {
  if (code >= 0x80 && unicode() != nullptr) return static_cast<std::uint32_t>(::towupper_l(code, unicode()));
  return code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code;
}

std::uint32_t lower(std::uint32_t code) {
  if (code >= 0x80 && unicode() != nullptr) return static_cast<std::uint32_t>(::towlower_l(code, unicode()));
  return code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code;
}

bool is_address(const std::string& text) {
  unsigned char address[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, text.c_str(), address) == 1 || ::inet_pton(AF_INET6, text.c_str(), address) == 1;
}

std::string link(const std::string& expr, int tab) {
  return fmt::format("/graph?g0.expr={}&g0.tab={}", url_escaped(expr), tab);
}

}  // namespace

std::string utf8(std::int64_t code_point) {
  const bool valid = code_point >= 0 && code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
  std::string text;
  promql::append_utf8(text, static_cast<std::uint32_t>(valid ? code_point : 0xfffd));
  return text;
}

std::string to_upper(const std::string& text) { return mapped(text, upper); }
std::string to_lower(const std::string& text) { return mapped(text, lower); }

std::string title(const std::string& text) {
  bool inside = false;
  return mapped(text, [&](std::uint32_t code) {
    const std::uint32_t changed = inside ? code : upper(code);
    inside = code >= 0x80 || std::isalnum(static_cast<int>(code)) != 0 || code == '_';
    return changed;
  });
}

std::string strip_port(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return text;
  const bool bracketed = text.starts_with('[') && colon > 0 && text[colon - 1] == ']';
  if (bracketed) return text.substr(1, colon - 2);
  return text.find(':') == colon ? text.substr(0, colon) : text;
}

std::string strip_domain(const std::string& text) {
  const std::string host = strip_port(text);
  if (is_address(host)) return text;
  const std::string port = host == text ? "" : text.substr(text.rfind(':'));
  return host.substr(0, host.find('.')) + port;
}

std::string html_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&#34;"; break;
      case '\'': out += "&#39;"; break;
      case '\0': out += "\xef\xbf\xbd"; break;
      default: out += c;
    }
  }
  return out;
}

std::string url_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-_.~").find(c) != std::string::npos);
    if (c == ' ') {
      out += '+';
    } else if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

std::string table_link(const std::string& expr) { return link(expr, 1); }
std::string graph_link(const std::string& expr) { return link(expr, 0); }

}  // namespace pmon::rules
