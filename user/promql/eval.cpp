// SPDX-License-Identifier: Apache-2.0
#include "promql/eval.h"

#include <utility>

namespace pmon::promql {

void Evaluator::over_budget() {
  throw EvaluationError{"query processing would look at too many samples",
                        "take shorter ranges, longer steps, fewer points or fewer series"};
}

double Evaluator::scalar(const Node& node, Timestamp t) {
  spend(Work::kStep);
  if (const auto* number = node.as<Number>()) return number->value;
  if (const auto* sign = node.as<Unary>()) {
    const double value = scalar(*sign->expr, t);
    return sign->minus ? -value : value;
  }
  if (const auto* operation = node.as<Binary>()) {
    const double lhs = scalar(*operation->lhs, t);
    return scalar_binary(operation->op, lhs, scalar(*operation->rhs, t));
  }
  const Only all(*this, nullptr);
  const Call& function_call = *node.as<Call>();
  return std::get<ScalarFunction>(function_call.function->body)(*this, function_call, t);
}

InstantVector Evaluator::vector(const Node& node, Timestamp t, const Filter* filter) {
  spend(Work::kStep);
  if (const auto* selector = node.as<Selector>()) return select(*selector, t, Take::kValues, filter);
  if (const auto* function_call = node.as<Call>()) return call(*function_call, t, filter);
  InstantVector out;
  if (const auto* sign = node.as<Unary>()) {
    out = unary(*sign, t);
  } else if (const auto* operation = node.as<Binary>()) {
    out = binary(*operation, t);
  } else {
    const Only all(*this, nullptr);
    out = aggregate(*node.as<Aggregate>(), t);
  }
  spend(Work::kElement * out.elements.size());
  apply(filter, out);
  return out;
}

RangeVector Evaluator::range(const Node& node, Timestamp t) {
  if (const auto* inner = node.as<Subquery>()) return subquery(*inner, t);
  return select_range(*node.as<Selector>(), t);
}

InstantVector Evaluator::unary(const Unary& sign, Timestamp t) {
  InstantVector out = vector(*sign.expr, t);
  if (!sign.minus) return out;
  for (Element& element : out.elements) element.value = -element.value;
  drop_names(out);
  require_unique(out);
  return out;
}

InstantVector Evaluator::call(const Call& function_call, Timestamp t, const Filter* filter) {
  const Function& function = *function_call.function;
  if (const auto* over_window = std::get_if<RangeFunction>(&function.body)) {
    return over_range(function_call, *over_window, t, filter);
  }
  InstantVector out;
  if (const auto* of_value = std::get_if<ValueFunction>(&function.body)) {
    out = over_values(function_call, *of_value, t);
  } else {
    const Only all(*this, nullptr);
    out = std::get<VectorFunction>(function.body)(*this, function_call, t);
  }
  spend(Work::kElement * out.elements.size());
  require_unique(out);
  apply(filter, out);
  return out;
}

InstantVector Evaluator::over_range(const Call& function_call, RangeFunction body, Timestamp t, const Filter* filter) {
  std::vector<double> scalars;
  const Node* range_argument = nullptr;
  for (const NodePtr& argument : function_call.arguments) {
    if (argument->type == ValueType::kMatrix) {
      range_argument = argument.get();
    } else {
      scalars.push_back(scalar(*argument, t));
    }
  }
  const RangeVector input = range(*range_argument, t);
  const WindowFrame frame(input, t);
  const bool keeps_name = function_call.function->keeps_name;
  // Filtered here, a vector that may hold duplicates would hide them from the check.
  const Filter* early = input.distinct ? filter : nullptr;
  InstantVector out;
  out.distinct = input.distinct;
  if (early == nullptr && only_ == nullptr) out.elements.reserve(input.series.size());
  const std::size_t count = input.series.size();
  for (std::size_t i = 0; i < count; ++i) {
    // The samples of series that move lie all over memory: asked for some series ahead.
    constexpr std::size_t kAhead = 8;
    if (i + kAhead < count) prefetch_run_at(*input.series[i + kAhead], frame.first);
    const Series& series = *input.series[i];
    if (!wanted(series.labels)) continue;
    const Window window(frame, series);
    double value;
    const bool there = !window.empty() && body(window, scalars, value);
    spend(Work::kWindow + std::exchange(frame.looked_at, 0));
    if (!there) continue;
    if (early != nullptr && !early->passes(value)) continue;
    out.elements.push_back({series.labels, keeps_name ? input.name_of(i) : nullptr, value});
  }
  require_unique(out);
  if (early == nullptr) apply(filter, out);
  return out;
}

InstantVector Evaluator::over_values(const Call& function_call, ValueFunction body, Timestamp t) {
  std::vector<double> scalars;
  for (std::size_t i = 1; i < function_call.arguments.size(); ++i) {
    scalars.push_back(scalar(*function_call.arguments[i], t));
  }
  InstantVector out = vector(*function_call.arguments[0], t);
  for (Element& element : out.elements) element.value = body(element.value, scalars);
  drop_names(out);
  return out;
}

const Labels* Evaluator::intern(Labels labels) {
  spend(Work::kLabels);
  if (const Labels* stored = store_.find_labels(labels)) return stored;
  return &*labels_.insert(std::move(labels)).first;
}

const std::string* Evaluator::intern_name(std::string_view name) { return &*names_.emplace(name).first; }

Element Evaluator::element(Labels labels, double value) {
  const std::string* name = nullptr;
  if (labels.has(kNameLabel)) {
    name = intern_name(labels.get(kNameLabel));
    labels.erase(kNameLabel);
  }
  return {intern(std::move(labels)), name, value};
}

void apply(const Filter* filter, InstantVector& vector) {
  if (filter == nullptr) return;
  std::erase_if(vector.elements, [filter](const Element& element) { return !filter->passes(element.value); });
}

Labels full_labels(const Element& element) {
  Labels labels = *element.labels;
  if (element.name != nullptr) labels.set(kNameLabel, *element.name);
  return labels;
}

void drop_names(InstantVector& vector) {
  for (Element& element : vector.elements) element.name = nullptr;
}

void require_unique(InstantVector& vector) {
  if (vector.distinct || vector.elements.size() < 2) return;
  std::unordered_set<ElementKey, ElementKeyHash> seen;
  bool named = false;
  for (const Element& element : vector.elements) {
    named = named || element.name != nullptr;
    if (!seen.emplace(element.labels, element.name).second) {
      throw EvaluationError{"vector cannot contain metrics with the same labelset: " + full_labels(element).text()};
    }
  }
  vector.distinct = !named;
}

}  // namespace pmon::promql
