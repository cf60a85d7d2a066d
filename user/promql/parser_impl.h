// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "promql/lexer.h"
#include "promql/parser.h"
#include "promql/syntax_error.h"

namespace pmon::promql {

// Precedence climbing over the tokens. Operators are in parser.cpp, what stands between them (literals,
// selectors, calls, aggregations) in parser_primary.cpp.
class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokenize(text)) {}
  [[nodiscard]] NodePtr run();

 private:
  // parser.cpp
  NodePtr expression(int min_precedence);
  NodePtr unary();
  void binary_modifiers(Binary& binary);
  NodePtr postfix(NodePtr node);
  NodePtr range(NodePtr node);
  void offset(Node& node);
  void at(Node& node);
  TimeShift& shift_of(Node& node, const Token& modifier);

  // parser_primary.cpp
  NodePtr primary();
  NodePtr parentheses();
  NodePtr word();
  NodePtr selector();
  Matcher matcher();
  NodePtr aggregate(AggregateOp op);
  bool grouping(Aggregate& aggregate);
  NodePtr call();
  std::vector<NodePtr> arguments();
  std::vector<std::string> label_list();

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
  }
  const Token& take() { return tokens_[next_ + 1 < tokens_.size() ? next_++ : next_]; }
  [[nodiscard]] bool is_symbol(std::string_view symbol, std::size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::kSymbol && peek(ahead).text == symbol;
  }
  [[nodiscard]] bool is_keyword(std::string_view keyword) const {
    return peek().kind == TokenKind::kWord && peek().value == keyword;
  }
  bool accept_symbol(std::string_view symbol) { return is_symbol(symbol) && (take(), true); }
  bool accept_keyword(std::string_view keyword) { return is_keyword(keyword) && (take(), true); }
  void expect_symbol(std::string_view symbol, std::string_view where);
  [[noreturn]] void unexpected(std::string_view where, std::string_view expected) const;
  // A node from `begin` to the last token taken; refuses trees that are too deep.
  NodePtr make(Node::Body body, std::size_t begin) const;

  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  int nesting_ = 0;
};

}  // namespace pmon::promql
