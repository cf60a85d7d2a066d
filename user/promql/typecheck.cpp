// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "promql/functions.h"
#include "promql/parser.h"
#include "promql/syntax_error.h"

namespace pmon::promql {

namespace {

void require(ValueType type, const Node& node, std::string_view where) {
  if (node.type == type) return;
  throw SyntaxError{node.begin, fmt::format("expected {} in {}, got {}", type_name(type), where, type_name(node.type))};
}

// \C, one byte, is RE2's alone: Go does not know it.
bool matches_bytes(std::string_view pattern) {
  bool quoted = false;  // \Q…\E
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '\\') continue;
    const char c = pattern[++i];
    if (c == 'C' && !quoted) return true;
    if (quoted && c != 'E') --i;
    quoted = c == 'Q' || (quoted && c != 'E');
  }
  return false;
}

std::shared_ptr<const re2::RE2> compile(const std::string& pattern, std::size_t place) {
  if (matches_bytes(pattern)) throw SyntaxError{place, "bad regular expression: invalid escape sequence: \\C"};
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_shared<const re2::RE2>(pattern, options);
  if (!regex->ok()) throw SyntaxError{place, fmt::format("bad regular expression: {}", regex->error())};
  return regex;
}

ValueType check_selector(Selector& selector, const Node& node) {
  bool selective = !selector.name.empty();
  for (Matcher& matcher : selector.matchers) {
    if (matcher.op == MatchOp::kRegex || matcher.op == MatchOp::kNotRegex) {
      matcher.regex = compile(matcher.value, matcher.place);
    }
    if (matcher.name == kNameLabel && !selector.name.empty()) {
      throw SyntaxError{matcher.place, fmt::format("the metric name is given already: \"{}\"", selector.name)};
    }
    if (!matcher.matches("")) selective = true;
  }
  if (!selective) {
    throw SyntaxError{node.begin,
                      "a selector needs a name or at least one matcher that does not match the empty string"};
  }
  const auto names = std::count_if(selector.matchers.begin(), selector.matchers.end(),
                                   [](const Matcher& matcher) { return matcher.name == kNameLabel; });
  const auto name = std::find_if(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& matcher) {
    return matcher.name == kNameLabel && matcher.op == MatchOp::kEqual && !matcher.value.empty();
  });
  if (names == 1 && name != selector.matchers.end()) {
    selector.name = name->value;
    selector.matchers.erase(name);
  }
  return selector.range == 0 ? ValueType::kVector : ValueType::kMatrix;
}

ValueType check_binary(const Binary& binary, const Node& node) {
  const std::string_view op = op_name(binary.op);
  for (const Node* side : {binary.lhs.get(), binary.rhs.get()}) {
    if (side->type != ValueType::kScalar && side->type != ValueType::kVector) {
      throw SyntaxError{side->begin,
                        fmt::format("\"{}\" takes scalars and instant vectors, got {}", op, type_name(side->type))};
    }
  }
  const bool scalars = binary.lhs->type == ValueType::kScalar && binary.rhs->type == ValueType::kScalar;
  const bool vectors = binary.lhs->type == ValueType::kVector && binary.rhs->type == ValueType::kVector;
  const Matching& matching = binary.matching;
  if (binary.return_bool && !is_comparison(binary.op)) {
    throw SyntaxError{node.begin, fmt::format("\"bool\" is for comparisons, not for \"{}\"", op)};
  }
  if (scalars && is_comparison(binary.op) && !binary.return_bool) {
    throw SyntaxError{node.begin, fmt::format("comparisons between scalars are written \"{} bool\"", op)};
  }
  if (is_set_operator(binary.op) && !vectors) {
    throw SyntaxError{node.begin, fmt::format("\"{}\" takes instant vectors only", op)};
  }
  if (!matching.labels.empty() && !vectors) {
    throw SyntaxError{node.begin, "\"on\" and \"ignoring\" with labels are for two instant vectors only"};
  }
  if (is_set_operator(binary.op) && matching.cardinality != Cardinality::kOneToOne) {
    throw SyntaxError{node.begin, fmt::format("\"{}\" knows no group_left or group_right", op)};
  }
  for (const std::string& label : matching.include) {
    if (matching.on && std::find(matching.labels.begin(), matching.labels.end(), label) != matching.labels.end()) {
      throw SyntaxError{node.begin, fmt::format("label \"{}\" is given both in on() and in the group", label)};
    }
  }
  return scalars ? ValueType::kScalar : ValueType::kVector;
}

ValueType check_aggregate(const Aggregate& aggregate) {
  require(ValueType::kVector, *aggregate.expr, "an aggregation");
  if (aggregate.parameter) {
    const bool text = aggregate.op == AggregateOp::kCountValues;
    require(text ? ValueType::kString : ValueType::kScalar, *aggregate.parameter, "the parameter of an aggregation");
  }
  return ValueType::kVector;
}

ValueType check_call(Call& call, const Node& node) {
  const Function& function = *call.function;
  const std::size_t given = call.arguments.size();
  if (given < function.least || given > function.most) {
    const bool few = given < function.least;
    throw SyntaxError{node.begin, fmt::format("{} takes at {} {} argument(s), {} given", function.name,
                                              few ? "least" : "most", few ? function.least : function.most, given)};
  }
  for (std::size_t i = 0; i < given; ++i) {
    const std::size_t kinds = function.most == Function::kAnyNumber ? function.least : function.most;
    require(function.arguments[std::min(i, kinds - 1)], *call.arguments[i], fmt::format("call of {}", function.name));
  }
  if (function.name == "label_replace") {
    call.regex = compile(call.arguments[4]->as<StringLiteral>()->value, call.arguments[4]->begin);
  }
  return function.returns;
}

ValueType type_of(Node& node) {
  if (node.as<Number>() != nullptr) return ValueType::kScalar;
  if (node.as<StringLiteral>() != nullptr) return ValueType::kString;
  if (auto* selector = node.as<Selector>()) return check_selector(*selector, node);
  if (const auto* subquery = node.as<Subquery>()) {
    require(ValueType::kVector, *subquery->expr, "a subquery");
    return ValueType::kMatrix;
  }
  if (const auto* unary = node.as<Unary>()) {
    if (unary->expr->type == ValueType::kScalar) return ValueType::kScalar;
    require(ValueType::kVector, *unary->expr, unary->minus ? "a negation" : "an expression with a sign");
    return ValueType::kVector;
  }
  if (const auto* binary = node.as<Binary>()) return check_binary(*binary, node);
  if (const auto* aggregate = node.as<Aggregate>()) return check_aggregate(*aggregate);
  return check_call(*node.as<Call>(), node);
}

}  // namespace

void check_types(Node& root) {
  for_each_child(root, [](Node& child) { check_types(child); });
  root.type = type_of(root);
}

}  // namespace pmon::promql
