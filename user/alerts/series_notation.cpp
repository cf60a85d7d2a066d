// SPDX-License-Identifier: Apache-2.0
#include "alerts/series_notation.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

namespace pmon::alerts {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::size_t kMostValues = 1'000'000;  // a slip of the pen must not fill the memory

void skip_spaces(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size())); }

std::size_t end_of_word(std::string_view text) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == ':'; };
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_word) - text.begin());
}

// "Inf", "nan": a word goes on as far as letters do, so that Infx3 is none.
std::optional<double> take_number_word(std::string_view& text) {
  const std::string_view word = text.substr(0, end_of_word(text));
  const auto is = [word](std::string_view lower) {
    return std::ranges::equal(word, lower, {}, [](unsigned char c) { return std::tolower(c); });
  };
  const bool infinite = is("inf");
  if (!infinite && !is("nan")) return std::nullopt;
  text.remove_prefix(word.size());
  return infinite ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
}

// Reads a number from the front as Prometheus does: with signs and exponents, Inf and NaN; 010 is octal, 08 is not.
std::optional<double> take_number(std::string_view& text) {
  double sign = 1;
  if (text.starts_with('+') || text.starts_with('-')) {
    sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  if (!text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0) {
    const std::optional<double> word = take_number_word(text);
    return word ? std::optional(sign * *word) : std::nullopt;
  }
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || text.starts_with('-')) return std::nullopt;
  std::int64_t octal = 0;
  const bool leading_zero = text.starts_with('0') && read.ptr - text.data() > 1;
  if (leading_zero) {
    const auto digits = std::from_chars(text.data(), read.ptr, octal, 8);
    if (digits.ec == std::errc() && digits.ptr == read.ptr) value = static_cast<double>(octal);
  }
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return sign * value;
}

std::optional<std::size_t> take_count(std::string_view& text) {
  if (!text.starts_with('x')) return std::nullopt;
  text.remove_prefix(1);
  std::size_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return count;
}

enum class Word { kFine, kUnknown, kTooMany };

// One blank-separated word.
Word append_word(std::string_view word, std::vector<InputValue>& values) {
  if (word == "stale") {
    values.push_back({InputValue::Kind::kStale});
    return Word::kFine;
  }
  if (word.starts_with('_')) {
    word.remove_prefix(1);
    const std::optional<std::size_t> count = word.empty() ? 1 : take_count(word);
    if (!count || !word.empty()) return Word::kUnknown;
    if (*count > kMostValues - values.size()) return Word::kTooMany;
    values.resize(values.size() + *count);
    return Word::kFine;
  }
  const std::optional<double> start = take_number(word);
  if (!start) return Word::kUnknown;
  double step = 0;
  if (!word.empty() && word.front() != 'x') {
    const std::optional<double> given = word.front() == '+' || word.front() == '-' ? take_number(word) : std::nullopt;
    if (!given || word.empty()) return Word::kUnknown;
    step = *given;
  }
  const std::optional<std::size_t> more = word.empty() ? 0 : take_count(word);
  if (!more || !word.empty()) return Word::kUnknown;
  if (*more >= kMostValues - values.size()) return Word::kTooMany;
  // Added up step by step, as promtool does: the values are the same to the last bit.
  double value = *start;
  for (std::size_t i = 0; i <= *more; ++i, value += step) values.push_back({InputValue::Kind::kSample, value});
  return Word::kFine;
}

}  // namespace

Result<std::vector<InputValue>> parse_values(std::string_view text) {
  std::vector<InputValue> values;
  for (skip_spaces(text); !text.empty(); skip_spaces(text)) {
    const std::string_view word = text.substr(0, text.find_first_of(kSpaces));
    const Word read = append_word(word, values);
    if (read == Word::kTooMany) {
      return fail(ErrorKind::kUsage,
                  "more than " + std::to_string(kMostValues) + " values in one series: '" + std::string(word) + "'");
    }
    if (read == Word::kUnknown) {
      return fail(ErrorKind::kUsage, "not a value: '" + std::string(word) + "'",
                  "write 1, 1x5, 1+2x5, 9-1x5, _, _x5 or stale");
    }
    text.remove_prefix(word.size());
  }
  return values;
}

}  // namespace pmon::alerts
