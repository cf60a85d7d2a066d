// SPDX-License-Identifier: Apache-2.0
// Functions of a whole vector: presence, order, conversion.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "promql/eval.h"
#include "promql/functions.h"
#include "promql/go_math.h"

namespace pmon::promql {

namespace {

// The labels that a selector fixes: those that a series found missing would have. As in Prometheus, the first
// = of a label sets it, unless another matcher of the label comes after it.
Labels fixed_labels(const Node& node) {
  Labels out;
  const auto* selector = node.as<Selector>();
  if (selector == nullptr) return out;
  std::set<std::string_view> set;
  for (const Matcher& matcher : selector->matchers) {
    if (matcher.name == kNameLabel) continue;
    if (matcher.op == MatchOp::kEqual && set.insert(matcher.name).second) {
      out.set(matcher.name, matcher.value);
    } else {
      out.erase(matcher.name);
    }
  }
  return out;
}

InstantVector one(Evaluator& evaluator, Labels labels, double value) {
  InstantVector out;
  out.elements.push_back(evaluator.element(std::move(labels), value));
  return out;
}

InstantVector absent(Evaluator& evaluator, const Call& call, Timestamp t) {
  const Node& argument = *call.arguments[0];
  if (!evaluator.vector(argument, t).elements.empty()) return {};
  return one(evaluator, fixed_labels(argument), 1);
}

InstantVector absent_over_time(Evaluator& evaluator, const Call& call, Timestamp t) {
  const Node& argument = *call.arguments[0];
  const RangeVector input = evaluator.range(argument, t);
  const WindowFrame frame(input, t);
  evaluator.spend(Work::kElement * input.series.size());
  for (const Series* series : input.series) {
    if (!Window(frame, *series).empty()) return {};
  }
  return one(evaluator, fixed_labels(argument), 1);
}

double scalar(Evaluator& evaluator, const Call& call, Timestamp t) {
  const InstantVector input = evaluator.vector(*call.arguments[0], t);
  return input.elements.size() == 1 ? input.elements[0].value : std::numeric_limits<double>::quiet_NaN();
}

InstantVector vector(Evaluator& evaluator, const Call& call, Timestamp t) {
  return one(evaluator, {}, evaluator.scalar(*call.arguments[0], t));
}

// NaN comes last in either order.
InstantVector sorted(Evaluator& evaluator, const Call& call, Timestamp t, bool descending) {
  InstantVector out = evaluator.vector(*call.arguments[0], t);
  std::stable_sort(out.elements.begin(), out.elements.end(), [descending](const Element& a, const Element& b) {
    if (std::isnan(a.value) || std::isnan(b.value)) return !std::isnan(a.value) && std::isnan(b.value);
    return descending ? a.value > b.value : a.value < b.value;
  });
  return out;
}

InstantVector sort(Evaluator& evaluator, const Call& call, Timestamp t) { return sorted(evaluator, call, t, false); }
InstantVector sort_desc(Evaluator& evaluator, const Call& call, Timestamp t) {
  return sorted(evaluator, call, t, true);
}

// clamp(v, min, max): nothing where max < min.
InstantVector clamp(Evaluator& evaluator, const Call& call, Timestamp t) {
  const double low = evaluator.scalar(*call.arguments[1], t);
  const double high = evaluator.scalar(*call.arguments[2], t);
  InstantVector out = evaluator.vector(*call.arguments[0], t);
  if (high < low) return {};
  for (Element& element : out.elements) element.value = go_max(low, go_min(high, element.value));
  drop_names(out);
  return out;
}

constexpr Function of_vector(std::string_view name, VectorFunction body, ValueType argument = ValueType::kVector) {
  return {.name = name, .arguments = {argument}, .least = 1, .most = 1, .body = body};
}

constexpr Function kVectorRows[] = {
    of_vector("absent", absent),
    of_vector("absent_over_time", absent_over_time, ValueType::kMatrix),
    of_vector("vector", vector, ValueType::kScalar),
    of_vector("sort", sort),
    of_vector("sort_desc", sort_desc),
    {.name = "scalar",
     .arguments = {ValueType::kVector},
     .least = 1,
     .most = 1,
     .returns = ValueType::kScalar,
     .body = scalar},
    {.name = "clamp",
     .arguments = {ValueType::kVector, ValueType::kScalar, ValueType::kScalar},
     .least = 3,
     .most = 3,
     .body = clamp},
};

}  // namespace

constinit const std::span<const Function> kVectorFunctions = kVectorRows;

}  // namespace pmon::promql
