// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pmon/labels.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"
#include "promql/budget.h"
#include "series/series_store.h"

namespace pmon::promql {

struct Node;  // the syntax tree, private to promql/

// A parsed and type-checked expression. Immutable; copies share the tree.
class Expr {
 public:
  // Syntax and type errors carry line:column, the source line and a caret, with "did you mean"
  // for unknown function names. Never throws.
  [[nodiscard]] static Result<Expr> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const;
  // The text without what means nothing: the same for expressions that differ in spaces, line ends, comments, the
  // quotes of strings or the units of durations only.
  [[nodiscard]] std::string canonical() const;
  // Metric names selected anywhere in the expression, sorted, unique; names by regex are not listed.
  [[nodiscard]] std::vector<std::string> metric_names() const;
  // How far back from the evaluation time samples can matter, in ms (ranges, offsets, subqueries nested).
  // The 5-minute instant look-back is not counted.
  [[nodiscard]] Timestamp reach() const;
  // The same for each metric that is selected; "" is for selectors that name none. kNoLimit where `@` fixes the time.
  [[nodiscard]] std::map<std::string, Timestamp, std::less<>> reach_by_metric() const;
  static constexpr Timestamp kNoLimit = INT64_MAX / 4;
  // Whether it looks at a time that does not move on, by `@` and a number.
  [[nodiscard]] bool has_fixed_time() const;
  // The longest collection interval, in ms, at which every range holds the samples that its function
  // needs: two for rates, differences and trends, one for others. 0: there is no range, any will do.
  [[nodiscard]] Timestamp longest_interval() const;
  // What the steps of its subqueries cost at the least, whatever the store holds, as Budget counts. `subquery_step`: of
  // those that name none, in ms; 0: not known, and they count as one step.
  [[nodiscard]] std::uint64_t least_work(Timestamp subquery_step) const;

  // Whether it is a series selector as match[] takes it: a name, matchers or both, and no range or time of its own.
  [[nodiscard]] bool is_series_selector() const;

  [[nodiscard]] const Node& root() const { return *root_; }

 private:
  std::shared_ptr<const Node> root_;
  std::shared_ptr<const std::string> text_;
};

// `name{label="value", …}` as rule tests name a series: the name, which becomes __name__, or the braces may be left
// out. Errors as those of Expr::parse().
[[nodiscard]] Result<Labels> parse_series(std::string_view text);

struct Scalar {
  double value;
};
struct Sample {
  Labels labels;  // with __name__ where the operation keeps it
  double value;
};
using Vector = std::vector<Sample>;
struct Point {
  Timestamp time;
  double value;
};
struct RangeSeries {
  Labels labels;
  std::vector<Point> points;
};
using Matrix = std::vector<RangeSeries>;
using Value = std::variant<Scalar, Vector, Matrix, std::string>;

struct EvaluationOptions {
  Timestamp look_back = 300'000;     // how old a sample an instant selector may return, ms
  Timestamp subquery_step = 60'000;  // of subqueries that name none, ms
  // What evaluations together may do, the caller's; nullptr: kRuleWork for this one.
  Budget* budget = nullptr;
};

// Evaluates at time t over the store, with Prometheus 2.42's semantics. Pure: same store, same
// bytes. Errors are those of Prometheus (many-to-many matching, duplicate series …); like Prometheus's
// own, the order of a vector means something after sort() and topk() only.
[[nodiscard]] Result<Value> evaluate(const Expr& expr, const SeriesStore& store, Timestamp t,
                                     const EvaluationOptions& options = {});

struct RangeQuery {
  Timestamp start = 0;
  Timestamp end = 0;   // its point is one of them, where it is whole steps from the start
  Timestamp step = 0;  // more than 0
};

// The expression at each step: for each label set the points at which it has a value, in the order of the labels.
// Ranges and strings give nothing. One budget is for all steps.
[[nodiscard]] Result<Matrix> evaluate_range(const Expr& expr, const SeriesStore& store, const RangeQuery& range,
                                            const EvaluationOptions& options = {});

}  // namespace pmon::promql
