// SPDX-License-Identifier: Apache-2.0
#include "promql/promql.h"

#include <algorithm>
#include <limits>
#include <new>
#include <set>

#include "promql/eval.h"
#include "promql/parser.h"
#include "promql/syntax_error.h"

namespace pmon::promql {

namespace {

void collect_names(const Node& node, std::set<std::string>& out) {
  if (const auto* selector = node.as<Selector>(); selector != nullptr && !selector->name.empty()) {
    out.insert(selector->name);
  }
  for_each_child(node, [&out](const Node& child) { collect_names(child, out); });
}

Timestamp reach_of(const Node& node) {
  Timestamp reach = 0;
  for_each_child(node, [&reach](const Node& child) { reach = std::max(reach, reach_of(child)); });
  if (const auto* selector = node.as<Selector>()) {
    reach = std::max<Timestamp>(0, selector->range + selector->shift.offset);
  } else if (const auto* subquery = node.as<Subquery>()) {
    reach = std::max<Timestamp>(0, reach + subquery->range + subquery->shift.offset);
  }
  return reach;
}

void shorten(Timestamp& shortest, Timestamp length) {
  if (length > 0 && (shortest == 0 || length < shortest)) shortest = length;
}

void collect_ranges(const Node& node, Timestamp& shortest) {
  if (const auto* selector = node.as<Selector>()) {
    shorten(shortest, selector->range);
    shorten(shortest, std::abs(selector->shift.offset));
  } else if (const auto* subquery = node.as<Subquery>()) {
    shorten(shortest, subquery->range);
    shorten(shortest, subquery->step);
    shorten(shortest, std::abs(subquery->shift.offset));
  }
  for_each_child(node, [&shortest](const Node& child) { collect_ranges(child, shortest); });
}

Vector to_vector(const InstantVector& vector) {
  Vector out;
  out.reserve(vector.elements.size());
  for (const Element& element : vector.elements) out.push_back({full_labels(element), element.value});
  return out;
}

Matrix to_matrix(const RangeVector& input, Timestamp t) {
  const WindowFrame frame(input, t);
  Matrix out;
  for (std::size_t i = 0; i < input.series.size(); ++i) {
    const Window window(frame, *input.series[i]);
    if (window.empty()) continue;
    RangeSeries& series = out.emplace_back();
    series.labels = full_labels({input.series[i]->labels, input.name_of(i), 0});
    window.for_each([&](TickIndex tick, double value) { series.points.push_back({window.time(tick), value}); });
  }
  return out;
}

}  // namespace

Result<Expr> Expr::parse(std::string_view text) {
  Expr expr;
  expr.text_ = std::make_shared<const std::string>(text);
  try {
    NodePtr root = parse_expression(*expr.text_);
    check_types(*root);
    expr.root_ = std::move(root);
  } catch (const SyntaxError& error) {
    return fail(ErrorKind::kUsage, render(error, text));
  }
  return expr;
}

const std::string& Expr::text() const { return *text_; }

std::vector<std::string> Expr::metric_names() const {
  std::set<std::string> names;
  collect_names(*root_, names);
  return {names.begin(), names.end()};
}

Timestamp Expr::reach() const { return reach_of(*root_); }

Timestamp Expr::shortest_range() const {
  Timestamp shortest = 0;
  collect_ranges(*root_, shortest);
  return shortest;
}

Result<Value> evaluate(const Expr& expr, const SeriesStore& store, Timestamp t, const EvaluationOptions& options) {
  try {
    Evaluator evaluator(store, t, options);
    const Node& root = expr.root();
    switch (root.type) {
      case ValueType::kScalar: return Scalar{evaluator.scalar(root, t)};
      case ValueType::kVector: return to_vector(evaluator.vector(root, t));
      case ValueType::kMatrix: return to_matrix(evaluator.range(root, t), t);
      case ValueType::kString: return Evaluator::text(root);
    }
  } catch (const EvaluationError& error) {
    return fail(ErrorKind::kFailed, error.message, "");
  }
  return fail(ErrorKind::kFailed, "expression of no type");
}

}  // namespace pmon::promql
