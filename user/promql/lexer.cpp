// SPDX-License-Identifier: Apache-2.0
#include "promql/lexer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "promql/syntax_error.h"

namespace pmon::promql {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':'; }
bool is_word(char c) { return is_word_start(c) || is_digit(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

struct DurationUnit {
  std::string_view suffix;
  Timestamp ms;
};
// In the order in which they may be combined; "ms" is tried before "m" by the longest match.
constexpr std::array<DurationUnit, 7> kUnits{
    {{"y", 31536000000}, {"w", 604800000}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    while (true) {
      skip_blank();
      Token token = next();
      token.text = text_.substr(token.begin, at_ - token.begin);
      if (token.kind == TokenKind::kSymbol) track_brackets(token.text);
      tokens_.push_back(std::move(token));
      if (tokens_.back().kind == TokenKind::kEnd) return std::move(tokens_);
    }
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void skip_blank() {
    while (at_ < text_.size()) {
      const char c = peek();
      if (c == '#') {
        while (at_ < text_.size() && peek() != '\n') ++at_;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  Token next() {
    Token token;
    token.begin = at_;
    if (at_ == text_.size()) return token;
    const char c = peek();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number_or_duration(token);
    } else if (is_word_start(c) && !(c == ':' && in_brackets_)) {
      word(token);
    } else if (c == '"' || c == '\'' || c == '`') {
      string(token);
    } else {
      symbol(token);
    }
    return token;
  }

  void word(Token& token) {
    token.kind = TokenKind::kWord;
    while (is_word(peek()) && !(peek() == ':' && in_brackets_)) ++at_;
    for (const char c : text_.substr(token.begin, at_ - token.begin)) {
      token.value += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }

  void number_or_duration(Token& token) {
    token.kind = TokenKind::kNumber;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      hex_number(token);
    } else {
      while (is_digit(peek())) ++at_;
      if (at_ > token.begin && is_word_start(peek()) && peek() != 'e' && peek() != 'E' && peek() != ':') {
        duration(token);
      } else {
        decimal_number(token);
      }
    }
    if (is_word(peek()) && !(peek() == ':' && in_brackets_)) {
      while (is_word(peek())) ++at_;
      throw SyntaxError{token.begin,
                        fmt::format("bad number or duration \"{}\"", text_.substr(token.begin, at_ - token.begin))};
    }
  }

  void hex_number(Token& token) {
    at_ += 2;
    const std::size_t digits = at_;
    while (is_hex(peek())) ++at_;
    if (at_ == digits) throw SyntaxError{token.begin, "hexadecimal number without digits"};
    if (!integer(text_.substr(digits, at_ - digits), 16, token.number)) {
      throw SyntaxError{token.begin, "hexadecimal number above 0x7fffffffffffffff"};
    }
  }

  // Whether the digits are an integer of 63 bits: Go's ParseInt, which Prometheus tries before ParseFloat.
  static bool integer(std::string_view digits, int base, double& number) {
    std::int64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, value, base);
    if (result.ec != std::errc() || result.ptr != end) return false;
    number = static_cast<double>(value);
    return true;
  }

  void decimal_number(Token& token) {
    if (peek() == '.') {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    const bool signed_exponent = peek(1) == '+' || peek(1) == '-';
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(signed_exponent ? 2 : 1))) {
      at_ += signed_exponent ? 2 : 1;
      while (is_digit(peek())) ++at_;
    }
    const std::string_view digits = text_.substr(token.begin, at_ - token.begin);
    // As in Go 010 is 8, while 08, which is no octal number, is 8 by its decimal digits.
    if (digits.size() > 1 && digits.front() == '0' && integer(digits, 8, token.number)) return;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), token.number);
    // Out of range either way: from_chars leaves the number alone, the exponent's sign tells which.
    if (result.ec == std::errc::result_out_of_range) {
      const bool tiny = digits.find("e-") != std::string_view::npos || digits.find("E-") != std::string_view::npos;
      if (!tiny) throw SyntaxError{token.begin, fmt::format("number \"{}\" is out of range", digits)};
      token.number = 0;
    }
  }

  // The first group of digits is already read.
  void duration(Token& token) {
    token.kind = TokenKind::kDuration;
    std::size_t digits = token.begin;
    std::size_t allowed = 0;
    while (true) {
      const std::string_view amount_text = text_.substr(digits, at_ - digits);
      std::uint64_t amount = 0;
      const auto result = std::from_chars(amount_text.data(), amount_text.data() + amount_text.size(), amount);
      const std::string_view rest = text_.substr(at_);
      std::size_t unit = kUnits.size();
      for (std::size_t i = 0; i < kUnits.size(); ++i) {
        if (rest.starts_with(kUnits[i].suffix)) unit = i;  // the last match is the longest
      }
      if (unit < allowed || unit == kUnits.size()) bad_duration(token);
      constexpr Timestamp kLongest = std::numeric_limits<Timestamp>::max() / 1000000;  // Go counts nanoseconds
      const bool fits = result.ec == std::errc() && amount <= static_cast<std::uint64_t>(kLongest / kUnits[unit].ms);
      if (fits) token.duration += static_cast<Timestamp>(amount) * kUnits[unit].ms;
      if (!fits || token.duration > kLongest) throw SyntaxError{token.begin, "duration out of range"};
      allowed = unit + 1;
      at_ += kUnits[unit].suffix.size();
      if (!is_digit(peek())) break;
      digits = at_;
      while (is_digit(peek())) ++at_;
    }
    if (is_word(peek()) && peek() != ':') bad_duration(token);
    if (token.duration == 0) throw SyntaxError{token.begin, "duration must be greater than 0"};
  }

  [[noreturn]] void bad_duration(const Token& token) {
    while (is_word(peek()) && peek() != ':') ++at_;
    throw SyntaxError{token.begin,
                      fmt::format("bad duration \"{}\": units are y w d h m s ms, each once, in this order",
                                  text_.substr(token.begin, at_ - token.begin))};
  }

  void string(Token& token) {
    token.kind = TokenKind::kString;
    const char quote = text_[at_++];
    const std::size_t inside = at_;
    while (peek() != quote || at_ >= text_.size()) {
      if (at_ >= text_.size() || (peek() == '\n' && quote != '`')) {
        throw SyntaxError{token.begin, "unterminated string"};
      }
      at_ += quote != '`' && peek() == '\\' && at_ + 1 < text_.size() ? 2 : 1;
    }
    token.value = unescape(text_.substr(inside, at_ - inside), quote, inside);
    ++at_;
  }

  void symbol(Token& token) {
    token.kind = TokenKind::kSymbol;
    constexpr std::array<std::string_view, 6> kPairs{"==", "!=", ">=", "<=", "=~", "!~"};
    for (const std::string_view pair : kPairs) {
      if (text_.substr(at_).starts_with(pair)) {
        at_ += 2;
        return;
      }
    }
    if (std::string_view("+-*/%^<>=(){}[],:@").find(peek()) == std::string_view::npos) {
      throw SyntaxError{at_, fmt::format("unexpected character '{}'", printable())};
    }
    ++at_;
  }

  // The character at hand, whole if it is UTF-8.
  [[nodiscard]] std::string printable() const {
    const auto byte = static_cast<unsigned char>(peek());
    if (byte < 0x20 || byte == 0x7f) return fmt::format("\\x{:02x}", byte);
    std::size_t length = 1;
    while (byte >= 0xc0 && length < 4 && (static_cast<unsigned char>(peek(length)) & 0xc0) == 0x80) ++length;
    return std::string(text_.substr(at_, length));
  }

  // A colon is part of a name, but in brackets it separates range and step.
  void track_brackets(std::string_view symbol_text) {
    if (symbol_text == "[") in_brackets_ = true;
    if (symbol_text == "]") in_brackets_ = false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_brackets_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) { return Lexer(text).run(); }

}  // namespace pmon::promql
