// SPDX-License-Identifier: Apache-2.0
#include "promql/promql.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <set>
#include <unordered_map>
#include <utility>

#include "promql/eval.h"
#include "promql/functions.h"
#include "promql/lexer.h"
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

std::uint64_t least_work(const Node& node, Timestamp default_step) {
  // Far from overflow: nobody has as much.
  constexpr double kMost = 1e18;
  const auto* const selector = node.as<Selector>();
  const bool is_range = node.as<Subquery>() != nullptr || (selector != nullptr && selector->range > 0);
  double work = is_range ? 0 : static_cast<double>(Work::kStep);
  for_each_child(node, [&](const Node& child) { work += static_cast<double>(least_work(child, default_step)); });
  if (const auto* subquery = node.as<Subquery>()) {
    const Timestamp step = subquery->step != 0 ? subquery->step : default_step;
    if (step > 0) work *= static_cast<double>(std::max<Timestamp>(1, subquery->range / step));
  }
  return static_cast<std::uint64_t>(std::min(work, kMost));
}

bool has_fixed_time(const Node& node) {
  const auto* selector = node.as<Selector>();
  const auto* subquery = node.as<Subquery>();
  bool found = (selector != nullptr && selector->shift.at) || (subquery != nullptr && subquery->shift.at);
  for_each_child(node, [&found](const Node& child) { found = found || has_fixed_time(child); });
  return found;
}

Vector to_vector(Evaluator& evaluator, const InstantVector& vector) {
  evaluator.spend(Work::kLabels * vector.elements.size());
  Vector out;
  out.reserve(vector.elements.size());
  for (const Element& element : vector.elements) out.push_back({full_labels(element), element.value});
  return out;
}

Matrix to_matrix(Evaluator& evaluator, const RangeVector& input, Timestamp t) {
  const WindowFrame frame(input, t);
  Matrix out;
  for (std::size_t i = 0; i < input.series.size(); ++i) {
    const Window window(frame, *input.series[i]);
    if (window.empty()) continue;
    RangeSeries& series = out.emplace_back();
    series.labels = full_labels({input.series[i]->labels, input.name_of(i), 0});
    window.for_each([&](TickIndex tick, double value) { series.points.push_back({window.time(tick), value}); });
    evaluator.spend(Work::kLabels + Work::kStored * series.points.size());
  }
  return out;
}

// The points of a range query, by series. Steps give their elements in nearly the same order each time, so the one
// after the last found is tried first.
class PointCollector {
 public:
  void add(Timestamp t, const InstantVector& vector) {
    std::size_t next = 0;
    for (const Element& element : vector.elements) {
      const ElementKey key(element.labels, element.name);
      if (next >= keys_.size() || keys_[next] != key) {
        const auto [at, added] = positions_.try_emplace(key, keys_.size());
        if (added) {
          keys_.push_back(key);
          series_.push_back({full_labels(element), {}});
        }
        next = at->second;
      }
      series_[next++].points.push_back({t, element.value});
    }
  }

  // In the order of the labels.
  [[nodiscard]] Matrix matrix() && {
    std::ranges::sort(series_, {}, &RangeSeries::labels);
    return std::move(series_);
  }

 private:
  std::vector<ElementKey> keys_;
  std::unordered_map<ElementKey, std::size_t, ElementKeyHash> positions_;
  Matrix series_;
};

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

std::string Expr::canonical() const {
  std::string out;
  for (const Token& token : tokenize(*text_)) {
    if (!out.empty()) out += ' ';
    switch (token.kind) {
      case TokenKind::kString: out += quoted(token.value); break;
      case TokenKind::kDuration: out += std::to_string(token.duration) + "ms"; break;
      case TokenKind::kEnd:
      case TokenKind::kWord:
      case TokenKind::kNumber:
      case TokenKind::kSymbol: out += token.text; break;
    }
  }
  return out;
}

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

bool Expr::has_fixed_time() const { return promql::has_fixed_time(*root_); }

std::uint64_t Expr::least_work(Timestamp subquery_step) const { return promql::least_work(*root_, subquery_step); }

Result<Value> evaluate(const Expr& expr, const SeriesStore& store, Timestamp t, const EvaluationOptions& options) {
  Budget own(kRuleWork);
  try {
    Evaluator evaluator(store, {t, t}, options, options.budget != nullptr ? *options.budget : own);
    const Node& root = expr.root();
    switch (root.type) {
      case ValueType::kScalar: return Scalar{evaluator.scalar(root, t)};
      case ValueType::kVector: return to_vector(evaluator, evaluator.vector(root, t));
      case ValueType::kMatrix: return to_matrix(evaluator, evaluator.range(root, t), t);
      case ValueType::kString: return Evaluator::text(root);
    }
  } catch (const EvaluationError& error) {
    return fail(ErrorKind::kFailed, error.message, error.remedy);
  }
  return fail(ErrorKind::kFailed, "expression of no type");
}

Result<Matrix> evaluate_range(const Expr& expr, const SeriesStore& store, const RangeQuery& range,
                              const EvaluationOptions& options) {
  const Node& root = expr.root();
  if (root.type != ValueType::kScalar && root.type != ValueType::kVector) return Matrix{};
  Budget own(kRuleWork);
  try {
    Evaluator evaluator(store, {range.start, range.end}, options, options.budget != nullptr ? *options.budget : own);
    PointCollector points;
    for (Timestamp t = range.start; t <= range.end; t += range.step) {
      if (root.type == ValueType::kScalar) {
        points.add(t, {{{evaluator.intern({}), nullptr, evaluator.scalar(root, t)}}});
      } else {
        const InstantVector vector = evaluator.vector(root, t);
        evaluator.spend(Work::kStored * vector.elements.size());
        points.add(t, vector);
      }
    }
    return std::move(points).matrix();
  } catch (const EvaluationError& error) {
    return fail(ErrorKind::kFailed, error.message, error.remedy);
  }
}

}  // namespace pmon::promql
