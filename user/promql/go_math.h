// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>

namespace pmon::promql {

// Go's math.Min and math.Max: the far infinity wins over NaN, NaN over the rest, and -0 is less than 0; unlike fmin()
// and fmax().
[[nodiscard]] inline double go_min(double a, double b) {
  constexpr double kLeast = -std::numeric_limits<double>::infinity();
  if (a == kLeast || b == kLeast) return kLeast;
  if (a == 0 && b == 0) return std::signbit(a) ? a : b;
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : std::fmin(a, b);
}
[[nodiscard]] inline double go_max(double a, double b) { return -go_min(-a, -b); }

}  // namespace pmon::promql
