// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "alerts/matcher.h"
#include "promql/syntax_error.h"

namespace pmon::alerts {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':'; }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

// A stretch of the text, so that errors can tell where in the whole they are.
struct Part {
  std::size_t begin;
  std::size_t end;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  [[nodiscard]] Part whole() const { return {0, text_.size()}; }
  [[nodiscard]] Part trimmed(Part part) const;
  [[nodiscard]] Result<std::vector<Part>> split(Part part) const;
  [[nodiscard]] Result<LabelMatcher> matcher(Part part) const;
  // Without the braces, of which one may be missing, as Alertmanager has it.
  [[nodiscard]] Part inside_braces() const;

 private:
  [[nodiscard]] std::unexpected<Error> wrong(std::size_t place, std::string message) const {
    return fail(ErrorKind::kUsage, promql::render({place, std::move(message)}, text_));
  }
  [[nodiscard]] Result<std::string> value(Part part) const;
  [[nodiscard]] std::string_view view(Part part) const { return text_.substr(part.begin, part.end - part.begin); }

  std::string_view text_;
};

Part Parser::trimmed(Part part) const {
  while (part.begin < part.end && is_blank(text_[part.begin])) ++part.begin;
  while (part.begin < part.end && is_blank(text_[part.end - 1])) --part.end;
  return part;
}

Part Parser::inside_braces() const {
  Part inside = trimmed(whole());
  if (view(inside).starts_with('{')) ++inside.begin;
  if (view(inside).ends_with('}')) --inside.end;
  return trimmed(inside);
}

Result<std::vector<Part>> Parser::split(Part part) const {
  std::vector<Part> parts;
  std::size_t begin = part.begin;
  std::size_t quote = std::string_view::npos;  // where the open quote is
  for (std::size_t at = part.begin; at < part.end; ++at) {
    if (text_[at] == '\\') {
      ++at;
    } else if (text_[at] == '"') {
      quote = quote == std::string_view::npos ? at : std::string_view::npos;
    } else if (text_[at] == ',' && quote == std::string_view::npos) {
      parts.push_back({begin, at});
      begin = at + 1;
    }
  }
  if (quote != std::string_view::npos) return wrong(quote, "this quote is not closed");
  const Part last = trimmed({begin, part.end});
  if (last.begin < last.end) parts.push_back(last);  // else a comma that trails
  return parts;
}

Result<std::string> Parser::value(Part part) const {
  const bool quoted = view(part).starts_with('"');
  std::size_t at = part.begin + (quoted ? 1 : 0);
  std::string value;
  for (; at < part.end; ++at) {
    const char c = text_[at];
    if (c == '"') {
      if (!quoted) return wrong(at, "a quote within a value without quotes must be written as \\\"");
      if (at + 1 == part.end) return value;
      return wrong(at + 1, "unexpected text behind the closing quote; a quote within the value is written as \\\"");
    }
    const char next = at + 1 < part.end ? text_[at + 1] : '\0';
    if (c != '\\' || (next != 'n' && next != '"' && next != '\\')) {
      value += c;  // any other backslash stands for itself, so that regular expressions need no second one
      continue;
    }
    value += next == 'n' ? '\n' : next;
    ++at;
  }
  if (quoted) return wrong(part.begin, "this quote is not closed");
  return value;
}

Result<LabelMatcher> Parser::matcher(Part part) const {
  part = trimmed(part);
  std::size_t at = part.begin;
  if (at == part.end) return wrong(at, "expected a matcher such as comm=\"nginx\"");
  if (!is_name_start(text_[at])) return wrong(at, "expected the name of a label");
  while (at < part.end && is_name(text_[at])) ++at;
  std::string label(view({part.begin, at}));
  while (at < part.end && is_blank(text_[at])) ++at;

  const std::string_view rest = view({at, part.end});
  LabelMatcher::Op op = LabelMatcher::Op::kEqual;
  std::size_t length = 2;
  if (rest.starts_with("=~")) {
    op = LabelMatcher::Op::kMatches;
  } else if (rest.starts_with("!=")) {
    op = LabelMatcher::Op::kNotEqual;
  } else if (rest.starts_with("!~")) {
    op = LabelMatcher::Op::kNotMatches;
  } else if (rest.starts_with("=")) {
    length = 1;
  } else {
    return wrong(at, fmt::format("expected =, !=, =~ or !~ behind '{}'", label));
  }
  const Part right = trimmed({at + length, part.end});
  Result<std::string> parsed = value(right);
  if (!parsed) return std::unexpected(parsed.error());
  Result<LabelMatcher> made = LabelMatcher::make(std::move(label), op, std::move(*parsed));
  if (!made) return wrong(right.begin, made.error().message);
  return made;
}

}  // namespace

Result<LabelMatcher> parse_matcher(std::string_view text) {
  const Parser parser(text);
  return parser.matcher(parser.whole());
}

Result<std::vector<LabelMatcher>> parse_matchers(std::string_view text) {
  const Parser parser(text);
  const Result<std::vector<Part>> parts = parser.split(parser.inside_braces());
  if (!parts) return std::unexpected(parts.error());
  std::vector<LabelMatcher> matchers;
  for (const Part part : *parts) {
    Result<LabelMatcher> matcher = parser.matcher(part);
    if (!matcher) return std::unexpected(matcher.error());
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

}  // namespace pmon::alerts
