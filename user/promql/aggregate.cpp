// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "promql/eval.h"
#include "promql/grouping.h"
#include "promql/quantile.h"

namespace pmon::promql {

namespace {

struct Accumulator {
  double value = 0;
  double mean = 0;
  double count = 0;
};

void add_to_mean(Accumulator& group, double value) {
  if (std::isinf(group.mean)) {
    if (std::isinf(value) && (group.mean > 0) == (value > 0)) return;
    if (std::isfinite(value)) return;
  }
  // Each side is divided by itself, so that the difference cannot overflow.
  group.mean += value / group.count - group.mean / group.count;
}

void accumulate(AggregateOp op, Accumulator& group, double value) {
  const bool first = group.count++ == 0;
  if (first) {
    group.value = value;
    group.mean = value;
  }
  switch (op) {
    case AggregateOp::kSum:
      if (!first) group.value += value;
      break;
    case AggregateOp::kMin:
      if (group.value > value || std::isnan(group.value)) group.value = value;
      break;
    case AggregateOp::kMax:
      if (group.value < value || std::isnan(group.value)) group.value = value;
      break;
    case AggregateOp::kAvg:
      if (!first) add_to_mean(group, value);
      break;
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
      if (first) {
        group.value = 0;
      } else {
        const double distance = value - group.mean;
        group.mean += distance / group.count;
        group.value += distance * (value - group.mean);
      }
      break;
    case AggregateOp::kGroup:
    case AggregateOp::kCount:
    case AggregateOp::kCountValues:
    case AggregateOp::kBottomk:
    case AggregateOp::kTopk:
    case AggregateOp::kQuantile: break;
  }
}

double result_of(AggregateOp op, const Accumulator& group) {
  switch (op) {
    case AggregateOp::kSum:
    case AggregateOp::kMin:
    case AggregateOp::kMax: return group.value;
    case AggregateOp::kAvg: return group.mean;
    case AggregateOp::kGroup: return 1;
    case AggregateOp::kCount: return group.count;
    case AggregateOp::kStdvar: return group.value / group.count;
    case AggregateOp::kStddev: return std::sqrt(group.value / group.count);
    case AggregateOp::kCountValues:
    case AggregateOp::kBottomk:
    case AggregateOp::kTopk:
    case AggregateOp::kQuantile: break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

InstantVector accumulate_groups(Evaluator& evaluator, const Aggregate& aggregate, const InstantVector& input) {
  Grouping grouping(aggregate);
  std::vector<Accumulator> groups;
  for (const Element& element : input.elements) {
    const std::size_t group = grouping.group_of(element);
    if (group == groups.size()) groups.emplace_back();
    accumulate(aggregate.op, groups[group], element.value);
  }
  InstantVector out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    out.elements.push_back(evaluator.element(grouping.labels_of(i), result_of(aggregate.op, groups[i])));
  }
  return out;
}

std::vector<std::vector<Element>> members_of_groups(Grouping& grouping, const InstantVector& input) {
  std::vector<std::vector<Element>> groups;
  for (const Element& element : input.elements) {
    const std::size_t group = grouping.group_of(element);
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(element);
  }
  return groups;
}

InstantVector quantiles(Evaluator& evaluator, const Aggregate& aggregate, const InstantVector& input, double q) {
  Grouping grouping(aggregate);
  const auto groups = members_of_groups(grouping, input);
  InstantVector out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::vector<double> values;
    for (const Element& element : groups[i]) values.push_back(element.value);
    out.elements.push_back(evaluator.element(grouping.labels_of(i), quantile(q, values)));
  }
  return out;
}

// Numbers of the first `count` elements in the order of topk or bottomk: NaN last, equal values as they come.
std::vector<std::uint32_t> first_in_order(const std::vector<Element>& group, std::size_t count, bool greatest) {
  std::vector<std::uint32_t> order(group.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto precedes = [greatest](double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return greatest ? a > b : a < b;
  };
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(order.begin(), end, order.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (precedes(group[a].value, group[b].value)) return true;
    return a < b && !precedes(group[b].value, group[a].value);
  });
  order.resize(count);
  return order;
}

// The k greatest or least of each group, with their own labels; NaN only where nothing else is left.
InstantVector extremes(const Aggregate& aggregate, const InstantVector& input, double parameter) {
  if (!(parameter > -9.2e18 && parameter < 9.2e18)) {
    throw EvaluationError{fmt::format("Scalar value {} overflows int64", parameter)};
  }
  InstantVector out;
  out.distinct = input.distinct;
  if (parameter < 1) return out;
  Grouping grouping(aggregate);
  for (const std::vector<Element>& group : members_of_groups(grouping, input)) {
    const std::size_t count = std::min(group.size(), static_cast<std::size_t>(parameter));
    for (const std::uint32_t i : first_in_order(group, count, aggregate.op == AggregateOp::kTopk)) {
      out.elements.push_back(group[i]);
    }
  }
  return out;
}

}  // namespace

InstantVector Evaluator::aggregate(const Aggregate& aggregation, Timestamp t) {
  const bool scaled = aggregation.parameter && aggregation.parameter->type == ValueType::kScalar;
  const double parameter = scaled ? scalar(*aggregation.parameter, t) : 0;
  const InstantVector input = vector(*aggregation.expr, t);
  spend(Work::kGroup * input.elements.size());
  switch (aggregation.op) {
    case AggregateOp::kSum:
    case AggregateOp::kMin:
    case AggregateOp::kMax:
    case AggregateOp::kAvg:
    case AggregateOp::kGroup:
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
    case AggregateOp::kCount: return accumulate_groups(*this, aggregation, input);
    case AggregateOp::kCountValues: return count_values(*this, aggregation, input);
    case AggregateOp::kBottomk:
    case AggregateOp::kTopk: return extremes(aggregation, input, parameter);
    case AggregateOp::kQuantile: return quantiles(*this, aggregation, input, parameter);
  }
  return {};
}

}  // namespace pmon::promql
