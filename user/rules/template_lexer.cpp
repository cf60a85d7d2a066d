// SPDX-License-Identifier: Apache-2.0
#include "rules/template_lexer.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "promql/utf8.h"

namespace pmon::rules {
namespace {

using Kind = TemplateToken::Kind;
using ParseError = Template::ParseError;
constexpr std::string_view kSpaces = " \t\r\n";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; }

// Reads the escape behind a backslash at `at` and moves behind it; false for one that Go does not know.
bool unescape(std::string_view text, std::size_t& at, std::string& out) {
  if (at >= text.size()) return false;
  const char c = text[at++];
  constexpr std::string_view kNames = "abfnrtv\\\"'";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"'";
  if (const std::size_t named = kNames.find(c); named != std::string_view::npos) {
    out += kValues[named];
    return true;
  }
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
  if (digits == 3) --at;
  if (digits == 0 || at + digits > text.size()) return false;
  unsigned code = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + digits, code, digits == 3 ? 8 : 16);
  if (error != std::errc() || end != begin + digits) return false;
  at += digits;
  if (c == 'u' || c == 'U') {
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    promql::append_utf8(out, code);
    return true;
  }
  if (code > 0xff) return false;
  out += static_cast<char>(code);
  return true;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::expected<std::vector<TemplateToken>, ParseError> run() {
    while (!error_ && at_ < text_.size()) {
      lex_text();
      if (at_ < text_.size() && !error_) lex_action();
    }
    if (error_) return std::unexpected(*error_);
    add(Kind::kEnd, "", text_.size());
    return std::move(tokens_);
  }

 private:
  void add(Kind kind, std::string text, std::size_t offset) {
    tokens_.push_back({kind, std::move(text), offset, spaced_});
    spaced_ = false;
  }

  void fail_at(std::size_t offset, std::string message) {
    if (!error_) error_ = ParseError{offset, std::move(message)};
  }

  bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void skip_spaces() {
    const std::size_t end = std::min(text_.find_first_not_of(kSpaces, at_), text_.size());
    spaced_ = spaced_ || end > at_;
    at_ = end;
  }

  // A trim marker is a minus set off by white space.
  bool opens_with_trim(std::size_t at) const {
    return at + 3 < text_.size() && text_[at + 2] == '-' && kSpaces.find(text_[at + 3]) != std::string_view::npos;
  }

  bool closes_with_trim() const {
    return at_ > 0 && looking_at("-}}") && kSpaces.find(text_[at_ - 1]) != std::string_view::npos;
  }

  void lex_text() {
    const std::size_t open = std::min(text_.find("{{", at_), text_.size());
    std::string_view piece = text_.substr(at_, open - at_);
    if (trim_next_) piece.remove_prefix(std::min(piece.find_first_not_of(kSpaces), piece.size()));
    trim_next_ = false;
    if (open < text_.size() && opens_with_trim(open)) piece = piece.substr(0, piece.find_last_not_of(kSpaces) + 1);
    if (!piece.empty()) add(Kind::kText, std::string(piece), at_);
    at_ = open;
  }

  void close(bool trimmed) {
    at_ += trimmed ? 3 : 2;
    trim_next_ = trimmed;
  }

  // {{/* … */}}; leaves `at_` alone where there is none.
  bool lex_comment(std::size_t behind_open) {
    if (!text_.substr(behind_open).starts_with("/*")) return false;
    const std::size_t end = text_.find("*/", behind_open + 2);
    if (end == std::string_view::npos) {
      fail_at(at_, "unclosed comment");
      return true;
    }
    at_ = end + 2;
    if (looking_at("}}")) {
      close(false);
      return true;
    }
    skip_spaces();
    if (!closes_with_trim()) {
      fail_at(at_, "comment ends before closing delimiter");
      return true;
    }
    close(true);
    return true;
  }

  void lex_action() {
    const std::size_t open = at_;
    std::size_t behind = open + 2;
    if (opens_with_trim(open)) behind = std::min(text_.find_first_not_of(kSpaces, open + 3), text_.size());
    if (lex_comment(behind)) return;
    add(Kind::kOpen, "{{", open);
    at_ = behind;
    while (!error_) {
      skip_spaces();
      if (at_ >= text_.size()) return fail_at(open, "unclosed action");
      if (looking_at("}}") || closes_with_trim()) {
        const bool trimmed = text_[at_] == '-';
        add(Kind::kClose, "}}", at_);
        return close(trimmed);
      }
      lex_token();
    }
  }

  void lex_token() {
    const std::size_t begin = at_;
    const char c = text_[at_];
    if (c == '"' || c == '\'') return lex_quoted(c);
    if (c == '`') return lex_raw();
    if (c == '$') return lex_word(Kind::kVariable, 1);
    const bool digit_next = at_ + 1 < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0;
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || ((c == '+' || c == '-' || c == '.') && digit_next)) {
      return lex_number();
    }
    if (c == '.') {
      if (at_ + 1 < text_.size() && is_word(text_[at_ + 1])) {
        lex_word(Kind::kField, 1);
        tokens_.back().text.erase(0, 1);
        return;
      }
      ++at_;
      return add(Kind::kDot, ".", begin);
    }
    if (is_word(c)) return lex_word(Kind::kIdentifier, 0);
    lex_punctuation();
  }

  void lex_punctuation() {
    struct Sign {
      std::string_view text;
      Kind kind;
    };
    constexpr Sign kSigns[] = {{":=", Kind::kDeclare},  {"=", Kind::kAssign},     {"|", Kind::kPipe},
                               {"(", Kind::kLeftParen}, {")", Kind::kRightParen}, {",", Kind::kComma}};
    for (const Sign& sign : kSigns) {
      if (!looking_at(sign.text)) continue;
      add(sign.kind, std::string(sign.text), at_);
      at_ += sign.text.size();
      return;
    }
    fail_at(at_, "unexpected '" + std::string(1, text_[at_]) + "' in an action");
  }

  void lex_word(Kind kind, std::size_t prefix) {
    std::size_t end = at_ + prefix;
    while (end < text_.size() && is_word(text_[end])) ++end;
    add(kind, std::string(text_.substr(at_, end - at_)), at_);
    at_ = end;
  }

  void lex_number() {
    std::size_t end = at_ + 1;
    while (end < text_.size()) {
      const bool exponent_sign = (text_[end] == '+' || text_[end] == '-') && (text_[end - 1] | 0x20) == 'e';
      if (!is_word(text_[end]) && text_[end] != '.' && !exponent_sign) break;
      ++end;
    }
    add(Kind::kNumber, std::string(text_.substr(at_, end - at_)), at_);
    at_ = end;
  }

  void lex_quoted(char mark) {
    const std::size_t begin = at_++;
    std::string value;
    while (at_ < text_.size() && text_[at_] != mark && text_[at_] != '\n') {
      if (text_[at_] != '\\') {
        value += text_[at_++];
        continue;
      }
      const std::size_t backslash = at_++;
      if (!unescape(text_, at_, value)) return fail_at(backslash, "unknown escape sequence in a string");
    }
    if (at_ >= text_.size() || text_[at_] != mark) return fail_at(begin, "unterminated quoted string");
    ++at_;
    if (mark == '\'') return lex_character(begin, value);
    add(Kind::kString, std::move(value), begin);
  }

  // A character constant is an integer, as in Go; ASCII only.
  void lex_character(std::size_t begin, const std::string& value) {
    if (value.size() != 1) return fail_at(begin, "a character constant holds one character; write strings with \"");
    add(Kind::kNumber, std::to_string(static_cast<int>(value[0])), begin);
  }

  void lex_raw() {
    const std::size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos) return fail_at(at_, "unterminated raw quoted string");
    add(Kind::kString, std::string(text_.substr(at_ + 1, end - at_ - 1)), at_);
    at_ = end + 1;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool spaced_ = false;
  bool trim_next_ = false;
  std::optional<ParseError> error_;
  std::vector<TemplateToken> tokens_;
};

}  // namespace

std::expected<std::vector<TemplateToken>, Template::ParseError> lex_template(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace pmon::rules
