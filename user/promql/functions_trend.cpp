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

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Sums of x over a window that has a sample at each tick are the same for each series.
const TimeAxis& axis_of(const WindowFrame& frame, Timestamp origin) {
  TimeAxis& axis = frame.axis;
  if (axis.known && axis.origin == origin) return axis;
  axis = {.known = true, .origin = origin};
  KahanSum sum;
  KahanSum squares;
  for (TickIndex tick = frame.first; tick < frame.end; ++tick) {
    const double x = static_cast<double>(frame.ticks.at(tick) - origin) / 1000;
    axis.x.push_back(x);
    sum.add(x);
    squares.add(x * x);
  }
  axis.sum = sum.value();
  axis.square_sum = squares.value();
  return axis;
}

// The same sums over the ticks that have a sample.
void sum_present(const Window& window, const TimeAxis& axis, double& x_sum, double& xx_sum) {
  KahanSum sum;
  KahanSum squares;
  window.for_each([&](TickIndex tick, double) {
    const double x = axis.x[tick - window.frame().first];
    sum.add(x);
    squares.add(x * x);
  });
  x_sum = sum.value();
  xx_sum = squares.value();
}

// Least squares with compensated sums, as Prometheus does it. `first` is the first sample's value.
Line regression(const Window& window, Timestamp origin) {
  const double first = window.first_run().value;
  const TimeAxis& axis = axis_of(window.frame(), origin);
  std::uint32_t samples = 0;
  bool constant = true;
  KahanSum y_sum;
  KahanSum xy_sum;
  window.for_each_run([&](const Run& run) {
    const double y = run.value;
    constant = constant && (y == first || samples == 0);
    if (samples == 0 && run.last > run.first && y != y) constant = false;
    samples += run.last - run.first + 1;
    const double* x = &axis.x[run.first - window.frame().first];
    for (std::uint32_t i = 0; i <= run.last - run.first; ++i) {
      y_sum.add(y);
      xy_sum.add(x[i] * y);
    }
  });
  if (constant) return std::isinf(first) ? Line{kNaN, kNaN} : Line{0, first};
  double x_sum = axis.sum;
  double xx_sum = axis.square_sum;
  if (samples != axis.x.size()) sum_present(window, axis, x_sum, xx_sum);
  const double n = samples;
  const double covariance = xy_sum.value() - x_sum * y_sum.value() / n;
  const double variance = xx_sum - x_sum * x_sum / n;
  const double slope = covariance / variance;
  return {slope, y_sum.value() / n - slope * x_sum / n};
}

Line line(const Window& window, Timestamp origin) {
  if (!window.single_run()) return regression(window, origin);
  // A constant run: no slope, whatever the times.
  const double value = window.first_run().value;
  return std::isfinite(value) ? Line{0, value} : Line{kNaN, kNaN};
}

bool has_two_samples(const Window& window) {
  const Run first = window.first_run();
  return first.last > first.first || !window.single_run();
}

bool deriv(const Window& window, std::span<const double>, double& out) {
  if (!has_two_samples(window)) return false;
  // From the first sample on, so that large times do not eat the precision.
  out = line(window, window.time(window.first_run().first)).slope;
  return true;
}

bool predict_linear(const Window& window, std::span<const double> scalars, double& out) {
  if (!has_two_samples(window)) return false;
  const auto [slope, intercept] = line(window, window.frame().evaluation);
  out = slope * scalars[0] + intercept;
  return true;
}

void check_factor(std::string_view name, double factor) {
  if (!(factor <= 0 || factor >= 1)) return;  // NaN is let pass, as Prometheus does
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

constexpr Function kTrendRows[] = {
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

constinit const std::span<const Function> kTrendFunctions = kTrendRows;

}  // namespace pmon::promql
