// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "rules/template_texts.h"
#include "rules/template_value.h"

namespace pmon::rules {
namespace {

// A verb of a format with its flags: %-08.3f.
struct Verb {
  bool plus = false;
  bool minus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  std::optional<int> width;
  std::optional<int> precision;
  char letter = 0;
};

constexpr int kWidest = 10000;  // wider fields are a mistake, not a wish

std::size_t runes(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

std::string pad(const Verb& verb, std::string text) {
  const std::size_t width = static_cast<std::size_t>(verb.width.value_or(0));
  const std::size_t length = runes(text);
  if (length >= width) return text;
  const std::string filling(width - length, verb.zero && !verb.minus ? '0' : ' ');
  return verb.minus ? text + filling : filling + text;
}

std::string truncated(const Verb& verb, const std::string& text) {
  if (!verb.precision) return text;
  std::size_t kept = 0;
  int left = *verb.precision;
  for (; kept < text.size(); ++kept) {
    const bool starts_rune = (static_cast<unsigned char>(text[kept]) & 0xc0) != 0x80;
    if (starts_rune && left-- == 0) break;
  }
  return text.substr(0, kept);
}

std::string complaint(char letter, const TemplateValue& arg) {
  if (std::holds_alternative<Nil>(arg)) return fmt::format("%!{}(<nil>)", letter);
  return fmt::format("%!{}({}={})", letter, type_name(arg), print(arg));
}

std::string in_hex(std::string_view text, bool upper) {
  std::string out;
  for (const char c : text) {
    out += upper ? fmt::format("{:02X}", static_cast<unsigned char>(c))
                 : fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

// The C format that does the same for numbers; Go's flags are C's.
std::string c_format(const Verb& verb, const char* length, char letter) {
  std::string format = "%";
  if (verb.plus) format += '+';
  if (verb.minus) format += '-';
  if (verb.sharp) format += '#';
  if (verb.space) format += ' ';
  if (verb.zero && !verb.minus) format += '0';
  if (verb.width) format += fmt::format("{}", *verb.width);
  if (verb.precision) format += fmt::format(".{}", *verb.precision);
  return format + length + letter;
}

template <typename Number>
std::string c_printf(const std::string& format, Number number) {
  const int size = std::snprintf(nullptr, 0, format.c_str(), number);
  std::string out(static_cast<std::size_t>(size), '\0');
  std::snprintf(out.data(), out.size() + 1, format.c_str(), number);
  return out;
}

std::string format_float(Verb verb, double value) {
  const bool known = std::string_view("veEfFgG").find(verb.letter) != std::string_view::npos;
  if (!known) return complaint(verb.letter, value);
  if (!std::isfinite(value)) {
    verb.zero = false;
    std::string text = print(value);
    if (std::isnan(value) && verb.plus) text = "+NaN";
    if (std::isinf(value) && value > 0 && !verb.plus) text = verb.space ? " Inf" : "+Inf";
    return pad(verb, text);
  }
  const char letter = verb.letter == 'v' ? 'g' : verb.letter;
  if ((letter == 'g' || letter == 'G') && !verb.precision) {
    std::string text = print(value);
    if (letter == 'G') text = to_upper(text);
    if (verb.plus && !std::signbit(value)) text = "+" + text;
    return pad(verb, text);
  }
  return c_printf(c_format(verb, "", letter), value);
}

// 'x', with Go's escapes.
std::string quoted_character(std::int64_t code) {
  if (code == '\'') return "'\\''";
  if (code == '"') return "'\"'";
  std::string text = quoted(utf8(code));
  text.front() = text.back() = '\'';
  return text;
}

std::string format_int(const Verb& verb, std::int64_t value) {
  switch (verb.letter) {
    case 'v':
    case 'd': return c_printf(c_format(verb, "ll", 'd'), static_cast<long long>(value));
    case 'o':
    case 'x':
    case 'X': {
      const std::string magnitude =
          c_printf(c_format({.sharp = verb.sharp}, "ll", verb.letter), static_cast<long long>(std::abs(value)));
      return pad(verb, (value < 0 ? "-" : verb.plus ? "+" : "") + magnitude);
    }
    case 'b': return pad(verb, (value < 0 ? "-" : "") + fmt::format("{:b}", std::abs(value)));
    case 'c': return pad(verb, utf8(value));
    case 'q': return pad(verb, quoted_character(value));
    case 'U': {
      const std::string character = verb.sharp ? " '" + utf8(value) + "'" : "";
      return pad(verb, fmt::format("U+{:04X}", value) + character);
    }
    default: return complaint(verb.letter, value);
  }
}

std::string format_string(const Verb& verb, const std::string& text) {
  switch (verb.letter) {
    case 'v':
    case 's': return pad(verb, truncated(verb, text));
    case 'q': return pad(verb, quoted(truncated(verb, text)));
    case 'x': return pad(verb, in_hex(text, false));
    case 'X': return pad(verb, in_hex(text, true));
    default: return complaint(verb.letter, text);
  }
}

std::string format_one(const Verb& verb, const TemplateValue& arg) {
  if (verb.letter == 'T') return pad(verb, std::string(type_name(arg)));
  if (const auto* number = std::get_if<double>(&arg)) return format_float(verb, *number);
  if (const auto* number = std::get_if<std::int64_t>(&arg)) return format_int(verb, *number);
  if (const auto* text = std::get_if<std::string>(&arg)) return format_string(verb, *text);
  if (std::holds_alternative<Nil>(arg)) return verb.letter == 'v' ? pad(verb, "<nil>") : complaint(verb.letter, arg);
  const bool is_bool = std::holds_alternative<bool>(arg);
  if (verb.letter == 'v' || (is_bool && verb.letter == 't') || (!is_bool && verb.letter == 's')) {
    return pad(verb, print(arg));
  }
  return complaint(verb.letter, arg);
}

std::optional<int> read_number(std::string_view& text) {
  std::optional<int> number;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    number = std::min(kWidest, number.value_or(0) * 10 + (text.front() - '0'));
    text.remove_prefix(1);
  }
  return number;
}

// Where a format is among its arguments: %[2]d chooses one, %*d takes one for the width.
struct Cursor {
  std::span<const TemplateValue> args;
  std::size_t next = 0;
  bool reordered = false;  // some verb chose
  bool good = true;        // this verb's choice is there
};

// Takes "[n]" from the front; whether there was one that is good.
bool choose(std::string_view& text, Cursor& cursor) {
  if (!text.starts_with('[')) return false;
  cursor.reordered = true;
  const std::size_t end = text.find(']');
  std::string_view inside = text.substr(1, end == std::string_view::npos ? 0 : end - 1);
  text.remove_prefix(end == std::string_view::npos ? 1 : end + 1);
  const std::optional<int> number = read_number(inside);
  const bool there =
      number && inside.empty() && *number >= 1 && static_cast<std::size_t>(*number) <= cursor.args.size();
  if (there) cursor.next = static_cast<std::size_t>(*number) - 1;
  cursor.good = cursor.good && there;
  return there;
}

// The argument that a * stands for.
std::optional<int> star(Cursor& cursor) {
  if (cursor.next >= cursor.args.size()) return std::nullopt;
  const auto* number = std::get_if<std::int64_t>(&cursor.args[cursor.next++]);
  if (number == nullptr || *number > kWidest || *number < -kWidest) return std::nullopt;
  return static_cast<int>(*number);
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

void read_flags(std::string_view& text, Verb& verb) {
  for (; !text.empty(); text.remove_prefix(1)) {
    switch (text.front()) {
      case '+': verb.plus = true; break;
      case '-': verb.minus = true; break;
      case '#': verb.sharp = true; break;
      case ' ': verb.space = true; break;
      case '0': verb.zero = true; break;
      default: return;
    }
  }
}

// Reads what follows the %; letter stays 0 at the end of the format. Complaints go to `out`.
Verb read_verb(std::string_view& text, Cursor& cursor, std::string& out) {
  Verb verb;
  cursor.good = true;
  read_flags(text, verb);
  bool chosen = choose(text, cursor);
  if (take(text, '*')) {
    verb.width = star(cursor);
    if (!verb.width) out += "%!(BADWIDTH)";
    verb.minus = verb.minus || verb.width.value_or(0) < 0;
    if (verb.width) verb.width = std::abs(*verb.width);
    chosen = false;
  } else {
    verb.width = read_number(text);
    if (chosen && verb.width) cursor.good = false;
  }
  if (take(text, '.')) {
    if (chosen) cursor.good = false;
    chosen = choose(text, cursor);
    if (take(text, '*')) {
      verb.precision = star(cursor);
      if (!verb.precision) out += "%!(BADPREC)";
      if (verb.precision.value_or(0) < 0) verb.precision.reset();
      chosen = false;
    } else {
      verb.precision = read_number(text).value_or(0);
    }
  }
  if (!chosen) choose(text, cursor);
  if (!text.empty()) {
    verb.letter = text.front();
    text.remove_prefix(1);
  }
  return verb;
}

std::string extra_args(std::span<const TemplateValue> args) {
  std::string out;
  for (const TemplateValue& arg : args) {
    out += out.empty() ? "" : ", ";
    out += std::holds_alternative<Nil>(arg) ? "<nil>" : std::string(type_name(arg)) + "=" + print(arg);
  }
  return "%!(EXTRA " + out + ")";
}

}  // namespace

std::string go_sprintf(std::string_view format, std::span<const TemplateValue> args) {
  std::string out;
  Cursor cursor{args};
  while (!format.empty()) {
    const std::size_t percent = std::min(format.find('%'), format.size());
    out += format.substr(0, percent);
    format.remove_prefix(percent);
    if (format.empty()) break;
    format.remove_prefix(1);
    const Verb verb = read_verb(format, cursor, out);
    if (verb.letter == 0) {
      out += "%!(NOVERB)";
    } else if (verb.letter == '%') {
      out += '%';
    } else if (!cursor.good) {
      out += fmt::format("%!{}(BADINDEX)", verb.letter);
    } else if (cursor.next >= args.size()) {
      out += fmt::format("%!{}(MISSING)", verb.letter);
    } else {
      out += format_one(verb, args[cursor.next++]);
    }
  }
  if (!cursor.reordered && cursor.next < args.size()) out += extra_args(args.subspan(cursor.next));
  return out;
}

}  // namespace pmon::rules
