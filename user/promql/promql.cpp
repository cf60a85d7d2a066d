// SPDX-License-Identifier: Apache-2.0
#include "promql/promql.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <set>

#include "promql/eval.h"
#include "promql/functions.h"
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

// `around`: how much further back the subqueries around this node look.
void collect_reach(const Node& node, Timestamp around, std::map<std::string, Timestamp, std::less<>>& out) {
  const auto inside = [around](Timestamp range, const TimeShift& shift) {
    return shift.at ? Expr::kNoLimit : std::min(Expr::kNoLimit, around + range + shift.offset);
  };
  if (const auto* selector = node.as<Selector>()) {
    Timestamp& reach = out[selector->name];
    reach = std::max({reach, Timestamp{0}, inside(selector->range, selector->shift)});
  } else if (const auto* subquery = node.as<Subquery>()) {
    around = inside(subquery->range, subquery->shift);
  }
  for_each_child(node, [&](const Node& child) { collect_reach(child, around, out); });
}

// Functions of a range that say nothing of a single sample.
bool compares_samples(const Function& function) {
  constexpr std::array<std::string_view, 8> kNames = {"rate",   "increase", "delta",          "irate",
                                                      "idelta", "deriv",    "predict_linear", "holt_winters"};
  return std::ranges::find(kNames, function.name) != kNames.end();
}

// `needed`: how many samples the function around this node needs of a range.
void collect_intervals(const Node& node, int needed, Timestamp& longest) {
  const auto limit_to = [&longest](Timestamp interval) {
    if (interval > 0 && (longest == 0 || interval < longest)) longest = interval;
  };
  if (const auto* selector = node.as<Selector>()) limit_to(selector->range / needed);
  if (const auto* subquery = node.as<Subquery>()) limit_to(subquery->range / needed);
  const auto* call = node.as<Call>();
  const int inside = call != nullptr && compares_samples(*call->function) ? 2 : 1;
  for_each_child(node, [&](const Node& child) { collect_intervals(child, inside, longest); });
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

bool Expr::is_series_selector() const {
  const auto* selector = root_->as<Selector>();
  return selector != nullptr && !root_->parenthesized && selector->range == 0 && !selector->shift.has_offset &&
         !selector->shift.has_at();
}

Timestamp Expr::reach() const { return reach_of(*root_); }

std::map<std::string, Timestamp, std::less<>> Expr::reach_by_metric() const {
  std::map<std::string, Timestamp, std::less<>> reach;
  collect_reach(*root_, 0, reach);
  return reach;
}

Timestamp Expr::longest_interval() const {
  Timestamp longest = 0;
  collect_intervals(*root_, 1, longest);
  return longest;
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
