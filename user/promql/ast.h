// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pmon/snapshot.h"

namespace re2 {
class RE2;
}

namespace pmon::promql {

struct Node;
struct Function;  // functions.h
using NodePtr = std::unique_ptr<Node>;

enum class ValueType { kScalar, kVector, kMatrix, kString };
// "scalar", "instant vector", "range vector", "string".
[[nodiscard]] std::string_view type_name(ValueType type);

enum class MatchOp { kEqual, kNotEqual, kRegex, kNotRegex };

struct Matcher {
  std::string name;
  MatchOp op = MatchOp::kEqual;
  std::string value;
  std::shared_ptr<const re2::RE2> regex;  // of the two regex kinds, after the type check
  std::size_t place = 0;

  [[nodiscard]] bool matches(std::string_view text) const;
};

// The first and the last time of a query; of an instant query both are its time.
struct QuerySpan {
  Timestamp start = 0;
  Timestamp end = 0;
};

// `offset` and `@`, which selectors and subqueries share.
struct TimeShift {
  Timestamp offset = 0;
  bool has_offset = false;
  Timestamp QuerySpan::*at_edge = nullptr;  // @ start(), @ end()
  std::optional<Timestamp> at;

  [[nodiscard]] bool has_at() const { return at_edge != nullptr || at.has_value(); }
  // The time at which to look, where t is the time of this step.
  [[nodiscard]] Timestamp apply(Timestamp t, const QuerySpan& query) const {
    return (at_edge != nullptr ? query.*at_edge : at.value_or(t)) - offset;
  }
};

struct Number {
  double value = 0;
};
struct StringLiteral {
  std::string value;
};
// Instant selector, or with a range a range selector.
struct Selector {
  std::string name;               // empty where the name is matched by `matchers` alone
  std::vector<Matcher> matchers;  // after the type check none of them fixes the name
  Timestamp range = 0;
  TimeShift shift;
};
struct Subquery {
  NodePtr expr;
  Timestamp range = 0;
  Timestamp step = 0;  // 0: the default step of the evaluation
  TimeShift shift;
};
struct Unary {
  NodePtr expr;
  bool minus = true;  // else plus, which leaves values and names alone
};

enum class BinaryOp {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kAtan2,
  kEqual,
  kNotEqual,
  kGreater,
  kLess,
  kGreaterEqual,
  kLessEqual,
  kAnd,
  kOr,
  kUnless,
};
[[nodiscard]] std::string_view op_name(BinaryOp op);
[[nodiscard]] bool is_comparison(BinaryOp op);
[[nodiscard]] bool is_set_operator(BinaryOp op);
// Whether results are no longer the metric. Not of atan2: Prometheus 2.42 leaves it the name.
[[nodiscard]] bool drops_name(BinaryOp op, bool return_bool);

enum class Cardinality { kOneToOne, kManyToOne, kOneToMany };
struct Matching {
  Cardinality cardinality = Cardinality::kOneToOne;
  bool on = false;  // labels are those to match on; else those to ignore
  std::vector<std::string> labels;
  std::vector<std::string> include;  // of group_left(…), group_right(…)
  bool given = false;                // on or ignoring was written

  // All labels but the name decide, so that interned label sets can be compared by address.
  [[nodiscard]] bool whole_set() const { return !on && labels.empty(); }
};
struct Binary {
  BinaryOp op = BinaryOp::kAdd;
  NodePtr lhs;
  NodePtr rhs;
  bool return_bool = false;
  Matching matching;
};

enum class AggregateOp {
  kSum,
  kMin,
  kMax,
  kAvg,
  kGroup,
  kStddev,
  kStdvar,
  kCount,
  kCountValues,
  kBottomk,
  kTopk,
  kQuantile
};
struct Aggregate {
  AggregateOp op = AggregateOp::kSum;
  NodePtr expr;
  NodePtr parameter;  // of count_values, bottomk, topk, quantile
  bool without = false;
  std::vector<std::string> labels;
};
struct Call {
  const Function* function = nullptr;
  std::vector<NodePtr> arguments;
  std::shared_ptr<const re2::RE2> regex;  // of label_replace, after the type check
};

struct Node {
  using Body = std::variant<Number, StringLiteral, Selector, Subquery, Unary, Binary, Aggregate, Call>;
  Body body;
  ValueType type = ValueType::kScalar;  // set by the type check
  bool parenthesized = false;
  std::size_t begin = 0;  // bytes of the text
  std::size_t end = 0;
  int depth = 1;  // of the tree below

  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&body);
  }
  template <typename T>
  [[nodiscard]] T* as() {
    return std::get_if<T>(&body);
  }
};

// Calls f for each direct child.
template <typename NodeType, typename F>
void for_each_child(NodeType& node, F&& f) {
  if (auto* subquery = node.template as<Subquery>()) f(*subquery->expr);
  if (auto* unary = node.template as<Unary>()) f(*unary->expr);
  if (auto* binary = node.template as<Binary>()) {
    f(*binary->lhs);
    f(*binary->rhs);
  }
  if (auto* aggregate = node.template as<Aggregate>()) {
    if (aggregate->parameter) f(*aggregate->parameter);
    f(*aggregate->expr);
  }
  if (auto* call = node.template as<Call>()) {
    for (auto& argument : call->arguments) f(*argument);
  }
}

}  // namespace pmon::promql
