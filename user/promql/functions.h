// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "promql/ast.h"
#include "promql/values.h"
#include "promql/window.h"

namespace pmon::promql {

class Evaluator;  // eval.h

// What a function is made of, by how it works: the engine does the rest (arguments, labels, order).
// Over one series' samples in the range; false: no sample comes of it. `scalars` are the scalar arguments.
using RangeFunction = bool (*)(const Window& window, std::span<const double> scalars, double& out);
// Over one value.
using ValueFunction = double (*)(double value, std::span<const double> scalars);
// Over one point in time, UTC.
using ScalarFunction = double (*)(Evaluator& evaluator, const Call& call, Timestamp t);
// Whatever else makes a vector.
using VectorFunction = InstantVector (*)(Evaluator& evaluator, const Call& call, Timestamp t);

struct Function {
  std::string_view name;
  std::array<ValueType, 5> arguments{};
  std::size_t least = 0;  // arguments that must be given
  std::size_t most = 0;   // and that may be; kAnyNumber: the last kind may repeat
  ValueType returns = ValueType::kVector;
  std::variant<RangeFunction, ValueFunction, ScalarFunction, VectorFunction> body;
  bool keeps_name = false;  // of the metric

  static constexpr std::size_t kAnyNumber = SIZE_MAX;
};

// One of a range alone.
constexpr Function over_range(std::string_view name, RangeFunction body) {
  return {.name = name, .arguments = {ValueType::kMatrix}, .least = 1, .most = 1, .body = body};
}

// Rows, each table beside its bodies.
extern const std::span<const Function> kRateFunctions;       // functions_rate.cpp
extern const std::span<const Function> kOverTimeFunctions;   // functions_over_time.cpp
extern const std::span<const Function> kTrendFunctions;      // functions_trend.cpp
extern const std::span<const Function> kMathFunctions;       // functions_math.cpp
extern const std::span<const Function> kTimeFunctions;       // functions_time.cpp
extern const std::span<const Function> kLabelFunctions;      // functions_label.cpp
extern const std::span<const Function> kVectorFunctions;     // functions_vector.cpp
extern const std::span<const Function> kHistogramFunctions;  // functions_histogram.cpp

// nullptr where there is none.
[[nodiscard]] const Function* find_function(std::string_view name);
[[nodiscard]] std::vector<std::string_view> function_names();

}  // namespace pmon::promql
