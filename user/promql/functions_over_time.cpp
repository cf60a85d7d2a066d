// SPDX-License-Identifier: Apache-2.0
// Aggregations of one series over a range.
#include <algorithm>
#include <cmath>
#include <limits>

#include "promql/functions.h"
#include "promql/kahan.h"
#include "promql/quantile.h"

namespace pmon::promql {

double quantile(double q, std::vector<double>& values) {
  if (values.empty() || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  std::sort(values.begin(), values.end(), [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
  const double rank = q * (static_cast<double>(values.size()) - 1);
  const auto lower = static_cast<std::size_t>(std::max(0.0, std::floor(rank)));
  const std::size_t upper = std::min(values.size() - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return values[lower] * (1 - weight) + values[upper] * weight;
}

namespace {

// Adding a whole number n times is exact while the sum stays below 2^53: one multiplication does.
bool adds_exactly(const KahanSum& sum, double value, std::uint32_t times) {
  constexpr double kExact = 9007199254740992.0;
  return sum.error == 0 && value == std::floor(value) && sum.sum == std::floor(sum.sum) &&
         std::abs(sum.sum) + std::abs(value) * times < kExact;
}

bool sum_over_time(const Window& window, std::span<const double>, double& out) {
  KahanSum sum;
  window.for_each_run([&sum](const Run& run) {
    const std::uint32_t times = run.last - run.first + 1;
    if (times > 1 && adds_exactly(sum, run.value, times)) {
      sum.sum += run.value * times;
      return;
    }
    for (std::uint32_t i = 0; i < times; ++i) sum.add(run.value);
  });
  out = sum.value_or_infinity();
  return true;
}

bool avg_over_time(const Window& window, std::span<const double>, double& out) {
  KahanSum mean;
  double count = 0;
  window.for_each_run([&](const Run& run) {
    for (TickIndex tick = run.first; tick <= run.last; ++tick) {
      ++count;
      if (std::isinf(mean.sum)) {
        // An infinite mean stays unless the other infinity or NaN comes.
        if (std::isinf(run.value) && (mean.sum > 0) == (run.value > 0)) continue;
        if (std::isfinite(run.value)) continue;
      }
      if (mean.sum == run.value) {
        // The mean of equal values moves no more.
        count += run.last - tick;
        return;
      }
      mean.add(run.value / count - mean.sum / count);
    }
  });
  out = mean.value_or_infinity();
  return true;
}

bool min_over_time(const Window& window, std::span<const double>, double& out) {
  if (window.rising()) {
    out = window.value_at(window.frame().first);
    return true;
  }
  out = window.first_run().value;
  window.for_each_run([&out](const Run& run) {
    if (run.value < out || std::isnan(out)) out = run.value;
  });
  return true;
}

bool max_over_time(const Window& window, std::span<const double>, double& out) {
  if (window.rising()) {
    out = window.value_at(window.last_tick());
    return true;
  }
  out = window.first_run().value;
  window.for_each_run([&out](const Run& run) {
    if (run.value > out || std::isnan(out)) out = run.value;
  });
  return true;
}

bool count_over_time(const Window& window, std::span<const double>, double& out) {
  out = window.count();
  return true;
}

bool last_over_time(const Window& window, std::span<const double>, double& out) {
  out = window.last_run().value;
  return true;
}

bool present_over_time(const Window&, std::span<const double>, double& out) {
  out = 1;
  return true;
}

double variance(const Window& window) {
  KahanSum mean;
  KahanSum squares;
  double count = 0;
  window.for_each([&](TickIndex, double value) {
    ++count;
    const double distance = value - mean.value();
    mean.add(distance / count);
    squares.add(distance * (value - mean.value()));
  });
  return squares.value() / count;
}

bool stdvar_over_time(const Window& window, std::span<const double>, double& out) {
  out = variance(window);
  return true;
}

bool stddev_over_time(const Window& window, std::span<const double>, double& out) {
  out = std::sqrt(variance(window));
  return true;
}

constexpr std::uint64_t kSorting = 16;  // what it costs to sort a sample, in samples

bool quantile_over_time(const Window& window, std::span<const double> scalars, double& out) {
  std::vector<double> values;
  values.reserve(window.count());
  window.for_each([&values](TickIndex, double value) { values.push_back(value); });
  window.frame().looked_at += kSorting * values.size();
  out = quantile(scalars[0], values);
  return true;
}

constexpr Function kOverTimeRows[] = {
    over_range("avg_over_time", avg_over_time),
    over_range("min_over_time", min_over_time),
    over_range("max_over_time", max_over_time),
    over_range("sum_over_time", sum_over_time),
    over_range("count_over_time", count_over_time),
    over_range("present_over_time", present_over_time),
    over_range("stddev_over_time", stddev_over_time),
    over_range("stdvar_over_time", stdvar_over_time),
    {.name = "last_over_time",
     .arguments = {ValueType::kMatrix},
     .least = 1,
     .most = 1,
     .body = last_over_time,
     .keeps_name = true},
    {.name = "quantile_over_time",
     .arguments = {ValueType::kScalar, ValueType::kMatrix},
     .least = 2,
     .most = 2,
     .body = quantile_over_time},
};

}  // namespace

constinit const std::span<const Function> kOverTimeFunctions = kOverTimeRows;

}  // namespace pmon::promql
