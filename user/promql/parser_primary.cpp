// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "pmon/suggest.h"
#include "promql/functions.h"
#include "promql/parser_impl.h"

namespace pmon::promql {

namespace {

struct AggregateName {
  std::string_view name;
  AggregateOp op;
};
constexpr std::array<AggregateName, 12> kAggregates{{{"sum", AggregateOp::kSum},
                                                     {"min", AggregateOp::kMin},
                                                     {"max", AggregateOp::kMax},
                                                     {"avg", AggregateOp::kAvg},
                                                     {"group", AggregateOp::kGroup},
                                                     {"stddev", AggregateOp::kStddev},
                                                     {"stdvar", AggregateOp::kStdvar},
                                                     {"count", AggregateOp::kCount},
                                                     {"count_values", AggregateOp::kCountValues},
                                                     {"bottomk", AggregateOp::kBottomk},
                                                     {"topk", AggregateOp::kTopk},
                                                     {"quantile", AggregateOp::kQuantile}}};

std::optional<AggregateOp> find_aggregate(std::string_view name) {
  for (const auto& row : kAggregates) {
    if (row.name == name) return row.op;
  }
  return std::nullopt;
}

// Words that are no metric names, unlike other keywords. Braces can name such a metric: {__name__="on"}.
bool is_reserved(std::string_view word) {
  constexpr std::array<std::string_view, 6> kWords{"on", "ignoring", "group_left", "group_right", "bool", "atan2"};
  return std::ranges::find(kWords, word) != kWords.end();
}

bool is_number_word(std::string_view word) { return word == "inf" || word == "nan"; }

bool takes_parameter(AggregateOp op) { return op >= AggregateOp::kCountValues; }

std::string unknown_function(std::string_view name) {
  std::vector<std::string_view> known = function_names();
  for (const auto& row : kAggregates) known.push_back(row.name);
  // A name that goes on where the word stops is meant before one of other letters.
  std::ranges::stable_partition(known, [&](std::string_view candidate) { return candidate.starts_with(name); });
  const std::string_view meant = closest(name, known);
  std::string message = fmt::format("unknown function \"{}\"", name);
  if (!meant.empty()) message += fmt::format(", did you mean \"{}\"?", meant);
  return message;
}

}  // namespace

NodePtr Parser::primary() {
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::kNumber: take(); return make(Number{token.number}, token.begin);
    case TokenKind::kString: take(); return make(StringLiteral{token.value}, token.begin);
    case TokenKind::kWord: return word();
    case TokenKind::kSymbol:
      if (token.text == "(") return parentheses();
      if (token.text == "{") return selector();
      break;
    case TokenKind::kDuration:
      throw SyntaxError{token.begin, fmt::format("unexpected duration {}, expected a number (durations stand in ranges "
                                                 "and after offset only)",
                                                 token.text)};
    case TokenKind::kEnd: break;
  }
  unexpected("in an expression", "a value");
}

NodePtr Parser::parentheses() {
  const std::size_t begin = take().begin;
  NodePtr node = expression(1);
  expect_symbol(")", "in parentheses");
  node->parenthesized = true;
  node->begin = begin;
  node->end = tokens_[next_ - 1].end();
  return node;
}

NodePtr Parser::word() {
  const Token& token = peek();
  const bool opens = is_symbol("(", 1);
  if (const auto op = find_aggregate(token.value)) {
    const Token& after = peek(1);
    const bool groups = after.kind == TokenKind::kWord && (after.value == "by" || after.value == "without");
    if (opens || groups) return aggregate(*op);
  }
  if (opens) return call();
  if (is_number_word(token.value)) {
    take();
    const bool infinite = token.value == "inf";
    return make(Number{infinite ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN()},
                token.begin);
  }
  if (is_reserved(token.value)) unexpected("in an expression", "a value");
  return selector();
}

NodePtr Parser::selector() {
  const std::size_t begin = peek().begin;
  Selector selector_body;
  if (peek().kind == TokenKind::kWord) selector_body.name = take().text;
  if (accept_symbol("{")) {
    while (!accept_symbol("}")) {
      selector_body.matchers.push_back(matcher());
      if (accept_symbol("}")) break;
      if (!accept_symbol(",")) unexpected("in label matchers", "\",\" or \"}\"");
    }
  }
  return make(std::move(selector_body), begin);
}

Matcher Parser::matcher() {
  if (peek().kind != TokenKind::kWord) unexpected("in label matchers", "a label name or \"}\"");
  Matcher out;
  out.place = peek().begin;
  out.name = take().text;
  if (out.name.find(':') != std::string::npos) {
    throw SyntaxError{out.place, fmt::format("\"{}\" is no label name", out.name)};
  }
  if (accept_symbol("=")) {
    out.op = MatchOp::kEqual;
  } else if (accept_symbol("!=")) {
    out.op = MatchOp::kNotEqual;
  } else if (accept_symbol("=~")) {
    out.op = MatchOp::kRegex;
  } else if (accept_symbol("!~")) {
    out.op = MatchOp::kNotRegex;
  } else {
    unexpected("in label matchers", "one of = != =~ !~");
  }
  if (peek().kind != TokenKind::kString) unexpected("in label matchers", "a string in quotes");
  out.value = take().value;
  return out;
}

NodePtr Parser::aggregate(AggregateOp op) {
  const Token& name = take();
  Aggregate body;
  body.op = op;
  const bool grouped = grouping(body);
  const std::size_t place = peek().begin;
  std::vector<NodePtr> values = arguments();
  if (!grouped) grouping(body);
  const std::size_t expected = takes_parameter(op) ? 2 : 1;
  if (values.size() != expected) {
    throw SyntaxError{place, fmt::format("{} takes {} argument{}, {} given", name.text, expected,
                                         expected == 1 ? "" : "s", values.size())};
  }
  body.expr = std::move(values.back());
  if (expected == 2) body.parameter = std::move(values.front());
  return make(std::move(body), name.begin);
}

bool Parser::grouping(Aggregate& aggregate_body) {
  if (!is_keyword("by") && !is_keyword("without")) return false;
  aggregate_body.without = take().value == "without";
  aggregate_body.labels = label_list();
  return true;
}

NodePtr Parser::call() {
  const Token& name = take();
  const Function* function = find_function(name.text);
  if (function == nullptr) throw SyntaxError{name.begin, unknown_function(name.text)};
  Call body;
  body.function = function;
  body.arguments = arguments();
  return make(std::move(body), name.begin);
}

std::vector<NodePtr> Parser::arguments() {
  expect_symbol("(", "before arguments");
  std::vector<NodePtr> out;
  if (accept_symbol(")")) return out;
  while (true) {
    out.push_back(expression(1));
    if (accept_symbol(")")) return out;
    if (!accept_symbol(",")) unexpected("in arguments", "\",\" or \")\"");
  }
}

std::vector<std::string> Parser::label_list() {
  expect_symbol("(", "before label names");
  std::vector<std::string> out;
  while (!accept_symbol(")")) {
    const bool name = peek().kind == TokenKind::kWord && !is_number_word(peek().value);
    if (!name || peek().text.find(':') != std::string_view::npos) {
      unexpected("in a list of labels", "a label name");
    }
    out.emplace_back(take().text);
    if (accept_symbol(")")) break;
    if (!accept_symbol(",")) unexpected("in a list of labels", "\",\" or \")\"");
  }
  return out;
}

}  // namespace pmon::promql
