// SPDX-License-Identifier: Apache-2.0
// Trends over a range: least squares and double exponential smoothing.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "promql/eval.h"
#include "promql/functions.h"
#include "promql/kahan.h"

namespace pmon::promql {

namespace {

struct Line {
  double slope = 0;      // per second
  double intercept = 0;  // at the time asked for
};

Line regression(const Window& window, Timestamp intercept_time) {
  const double first = window.first_run().value;
  if (window.single_run()) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    if (first == first) return std::isinf(first) ? Line{kNaN, kNaN} : Line{0, first};
  }
  bool constant = true;
  double n = 0;
  KahanSum x_sum;
  KahanSum y_sum;
  KahanSum xy_sum;
  KahanSum xx_sum;
  bool first_sample = true;
  window.for_each([&](TickIndex tick, double y) {
    if (!first_sample && y != first) constant = false;
    first_sample = false;
    const double x = static_cast<double>(window.time(tick) - intercept_time) / 1000;
    n += 1;
    x_sum.add(x);
    y_sum.add(y);
    xy_sum.add(x * y);
    xx_sum.add(x * x);
  });
  if (constant) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    return std::isinf(first) ? Line{kNaN, kNaN} : Line{0, first};
  }
  const double sum_x = x_sum.value();
  const double sum_y = y_sum.value();
  const double covariance = xy_sum.value() - sum_x * sum_y / n;
  const double variance = xx_sum.value() - sum_x * sum_x / n;
  const double slope = covariance / variance;
  return {slope, sum_y / n - slope * sum_x / n};
}

bool has_two_samples(const Window& window) {
  const Run first = window.first_run();
  return first.last > first.first || !window.single_run();
}

bool deriv(const Window& window, std::span<const double>, double& out) {
  if (!has_two_samples(window)) return false;
  // From the first sample on, so that large times do not eat the precision.
  out = regression(window, window.time(window.first_run().first)).slope;
  return true;
}

bool predict_linear(const Window& window, std::span<const double> scalars, double& out) {
  if (!has_two_samples(window)) return false;
  const Line line = regression(window, window.frame().evaluation);
  out = line.slope * scalars[0] + line.intercept;
  return true;
}

void check_factor(std::string_view name, double factor) {
  if (factor > 0 && factor < 1) return;
  throw EvaluationError{fmt::format("invalid {} factor. Expected: 0 < factor < 1, got: {:f}", name, factor)};
}

// Double exponential smoothing.
bool holt_winters(const Window& window, std::span<const double> scalars, double& out) {
  const double smoothing = scalars[0];
  const double trending = scalars[1];
  check_factor("smoothing", smoothing);
  check_factor("trend", trending);
  if (!has_two_samples(window)) return false;
  double level = 0;
  double previous_level = 0;
  double trend = 0;
  std::uint32_t i = 0;
  window.for_each([&](TickIndex, double value) {
    if (i == 0) {
      level = value;
    } else {
      trend = i == 1 ? value - level : trending * (level - previous_level) + (1 - trending) * trend;
      previous_level = level;
      level = smoothing * value + (1 - smoothing) * (previous_level + trend);
    }
    ++i;
  });
  out = level;
  return true;
}

constexpr Function kRows[] = {
    {.name = "deriv", .arguments = {ValueType::kMatrix}, .least = 1, .most = 1, .body = deriv},
    {.name = "predict_linear",
     .arguments = {ValueType::kMatrix, ValueType::kScalar},
     .least = 2,
     .most = 2,
     .body = predict_linear},
    {.name = "holt_winters",
     .arguments = {ValueType::kMatrix, ValueType::kScalar, ValueType::kScalar},
     .least = 3,
     .most = 3,
     .body = holt_winters},
};

}  // namespace

constinit const std::span<const Function> kTrendFunctions = kRows;

}  // namespace pmon::promql
