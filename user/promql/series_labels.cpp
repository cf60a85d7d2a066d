// SPDX-License-Identifier: Apache-2.0
#include <cctype>

#include "promql/lexer.h"
#include "promql/promql.h"
#include "promql/syntax_error.h"

namespace pmon::promql {
namespace {

class SeriesParser {
 public:
  explicit SeriesParser(std::string_view text) : tokens_(tokenize(text)) {}

  Labels run() {
    if (next().kind == TokenKind::kWord) labels_.set(kNameLabel, take().text);
    if (takes("{")) {
      while (!takes("}")) {
        label();
        if (next().text != "}") expect(takes(","), "\",\" or \"}\"");
      }
    }
    expect(next().kind == TokenKind::kEnd, "the end");
    return std::move(labels_);
  }

 private:
  void label() {
    expect(next().kind == TokenKind::kWord && next().text.find(':') == std::string_view::npos, "a label name");
    const std::string_view name = take().text;
    expect(takes("="), "\"=\"");
    expect(next().kind == TokenKind::kString, "a value in quotes");
    labels_.set(name, take().value);
  }

  [[nodiscard]] const Token& next() const { return tokens_[at_]; }
  const Token& take() { return tokens_[at_++]; }
  bool takes(std::string_view symbol) {
    const bool there = next().kind == TokenKind::kSymbol && next().text == symbol;
    if (there) ++at_;
    return there;
  }
  void expect(bool there, std::string_view what) const {
    if (!there) throw SyntaxError{next().begin, "expected " + std::string(what)};
  }

  const std::vector<Token> tokens_;
  std::size_t at_ = 0;
  Labels labels_;
};

}  // namespace

Result<Labels> parse_series(std::string_view text) {
  try {
    return SeriesParser(text).run();
  } catch (const SyntaxError& error) {
    return fail(ErrorKind::kUsage, "not a series: " + render(error, text), "write name{label=\"value\"}");
  }
}

}  // namespace pmon::promql
