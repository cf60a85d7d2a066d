// SPDX-License-Identifier: Apache-2.0
#include "promql/parser.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "promql/parser_impl.h"

namespace pmon::promql {

namespace {

struct Operator {
  std::string_view text;
  BinaryOp op;
  int precedence;
};
constexpr int kUnaryPrecedence = 6;  // binds as * does: -a^b is -(a^b), -a*b is (-a)*b
constexpr int kPowPrecedence = 6;
constexpr std::array<Operator, 16> kOperators{{
    {"or", BinaryOp::kOr, 1},
    {"and", BinaryOp::kAnd, 2},
    {"unless", BinaryOp::kUnless, 2},
    {"==", BinaryOp::kEqual, 3},
    {"!=", BinaryOp::kNotEqual, 3},
    {">", BinaryOp::kGreater, 3},
    {"<", BinaryOp::kLess, 3},
    {">=", BinaryOp::kGreaterEqual, 3},
    {"<=", BinaryOp::kLessEqual, 3},
    {"+", BinaryOp::kAdd, 4},
    {"-", BinaryOp::kSub, 4},
    {"*", BinaryOp::kMul, 5},
    {"/", BinaryOp::kDiv, 5},
    {"%", BinaryOp::kMod, 5},
    {"atan2", BinaryOp::kAtan2, 5},
    {"^", BinaryOp::kPow, kPowPrecedence},
}};

const Operator* find_operator(const Token& token) {
  if (token.kind != TokenKind::kSymbol && token.kind != TokenKind::kWord) return nullptr;
  const std::string_view text = token.kind == TokenKind::kWord ? std::string_view(token.value) : token.text;
  const auto at =
      std::find_if(kOperators.begin(), kOperators.end(), [text](const Operator& o) { return o.text == text; });
  return at == kOperators.end() ? nullptr : &*at;
}

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd: return "end of input";
    case TokenKind::kWord: return fmt::format("\"{}\"", token.text);
    case TokenKind::kNumber: return fmt::format("number {}", token.text);
    case TokenKind::kDuration: return fmt::format("duration {}", token.text);
    case TokenKind::kString: return fmt::format("string {}", token.text);
    case TokenKind::kSymbol: return fmt::format("\"{}\"", token.text);
  }
  return "";
}

}  // namespace

NodePtr Parser::run() {
  if (peek().kind == TokenKind::kEnd) throw SyntaxError{peek().begin, "no expression"};
  NodePtr node = expression(1);
  if (peek().kind != TokenKind::kEnd) unexpected("after an expression", "an operator or the end");
  return node;
}

void Parser::expect_symbol(std::string_view symbol, std::string_view where) {
  if (!accept_symbol(symbol)) unexpected(where, fmt::format("\"{}\"", symbol));
}

void Parser::unexpected(std::string_view where, std::string_view expected) const {
  throw SyntaxError{peek().begin, fmt::format("unexpected {} {}, expected {}", describe(peek()), where, expected)};
}

NodePtr Parser::make(Node::Body body, std::size_t begin) const {
  auto node = std::make_unique<Node>();
  node->body = std::move(body);
  node->begin = begin;
  node->end = next_ == 0 ? 0 : tokens_[next_ - 1].end();
  for_each_child(*node, [&node](const Node& child) { node->depth = std::max(node->depth, child.depth + 1); });
  if (node->depth > kMaxDepth) {
    throw SyntaxError{begin, fmt::format("expression deeper than {} operators", kMaxDepth)};
  }
  return node;
}

NodePtr Parser::expression(int min_precedence) {
  if (++nesting_ > kMaxNesting) {
    throw SyntaxError{peek().begin, fmt::format("expression nested deeper than {}", kMaxNesting)};
  }
  NodePtr lhs = unary();
  while (const Operator* op = find_operator(peek())) {
    if (op->precedence < min_precedence) break;
    take();
    Binary binary;
    binary.op = op->op;
    binary_modifiers(binary);
    const std::size_t begin = lhs->begin;
    binary.rhs = expression(op->op == BinaryOp::kPow ? op->precedence : op->precedence + 1);
    binary.lhs = std::move(lhs);
    lhs = make(std::move(binary), begin);
  }
  --nesting_;
  return lhs;
}

NodePtr Parser::unary() {
  const std::size_t begin = peek().begin;
  const bool minus = is_symbol("-");
  if (!minus && !is_symbol("+")) return postfix(primary());
  take();
  NodePtr inner = expression(kUnaryPrecedence);
  if (auto* number = inner->as<Number>()) {
    if (minus) number->value = -number->value;
    inner->begin = begin;
    return inner;
  }
  return make(Unary{std::move(inner), minus}, begin);
}

void Parser::binary_modifiers(Binary& binary) {
  binary.return_bool = accept_keyword("bool");
  Matching& matching = binary.matching;
  const bool on = is_keyword("on");
  if (on || is_keyword("ignoring")) {
    take();
    matching.given = true;
    matching.on = on;
    matching.labels = label_list();
    const bool left = is_keyword("group_left");
    if (left || is_keyword("group_right")) {
      take();
      matching.cardinality = left ? Cardinality::kManyToOne : Cardinality::kOneToMany;
      if (is_symbol("(")) matching.include = label_list();
    }
  } else if (is_keyword("group_left") || is_keyword("group_right")) {
    unexpected("after an operator", "\"on\" or \"ignoring\" in front of it");
  }
}

NodePtr Parser::postfix(NodePtr node) {
  while (true) {
    if (is_symbol("[")) {
      node = range(std::move(node));
    } else if (is_keyword("offset")) {
      offset(*node);
    } else if (is_symbol("@")) {
      at(*node);
    } else {
      return node;
    }
    node->end = tokens_[next_ - 1].end();
  }
}

// [5m], [1h:], [1h:5m]
NodePtr Parser::range(NodePtr node) {
  const std::size_t bracket = take().begin;
  if (peek().kind != TokenKind::kDuration) unexpected("in a range", "a duration such as 5m");
  const Timestamp length = take().duration;
  if (!accept_symbol(":")) {
    expect_symbol("]", "after a range");
    auto* selector_body = node->as<Selector>();
    if (selector_body == nullptr || node->parenthesized || selector_body->range != 0) {
      throw SyntaxError{bracket, "a range is allowed after a selector only (a subquery is written [5m:])"};
    }
    if (selector_body->shift.has_offset || selector_body->shift.has_at()) {
      throw SyntaxError{bracket, "the range stands before offset and @"};
    }
    selector_body->range = length;
    return node;
  }
  const std::size_t begin = node->begin;
  Subquery subquery{.expr = std::move(node), .range = length};
  if (peek().kind == TokenKind::kDuration) subquery.step = take().duration;
  expect_symbol("]", "after a subquery's range");
  return make(std::move(subquery), begin);
}

TimeShift& Parser::shift_of(Node& node, const Token& modifier) {
  if (!node.parenthesized) {
    if (auto* selector_body = node.as<Selector>()) return selector_body->shift;
    if (auto* subquery = node.as<Subquery>()) return subquery->shift;
  }
  throw SyntaxError{modifier.begin,
                    fmt::format("\"{}\" is allowed after a selector or a subquery only", modifier.text)};
}

void Parser::offset(Node& node) {
  const Token& keyword = take();
  TimeShift& shift = shift_of(node, keyword);
  if (shift.has_offset) throw SyntaxError{keyword.begin, "offset is given twice"};
  const bool negative = accept_symbol("-");
  if (peek().kind != TokenKind::kDuration) unexpected("after \"offset\"", "a duration such as 5m");
  shift.offset = take().duration * (negative ? -1 : 1);
  shift.has_offset = true;
}

void Parser::at(Node& node) {
  const Token& sign = take();
  TimeShift& shift = shift_of(node, sign);
  if (shift.has_at()) throw SyntaxError{sign.begin, "@ is given twice"};
  if ((is_keyword("start") || is_keyword("end")) && is_symbol("(", 1)) {
    shift.at_edge = is_keyword("start") ? &QuerySpan::start : &QuerySpan::end;
    take();
    take();
    expect_symbol(")", "after \"@\"");
    return;
  }
  const bool negative = accept_symbol("-");
  if (!negative) accept_symbol("+");
  if (peek().kind != TokenKind::kNumber) unexpected("after \"@\"", "seconds since the epoch, start() or end()");
  const double seconds = take().number * (negative ? -1 : 1);
  if (!(std::abs(seconds) < 9e15)) throw SyntaxError{sign.begin, "timestamp out of range"};
  shift.at = static_cast<Timestamp>(std::llround(seconds * 1000));
}

NodePtr parse_expression(std::string_view text) { return Parser(text).run(); }

}  // namespace pmon::promql
