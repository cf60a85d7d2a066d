// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace pmon::promql {

// Sum with its rounding errors carried along (Neumaier's form of Kahan summation). The error of each
// addition is found without a branch (Knuth's TwoSum); for finite numbers it is the same error.
struct KahanSum {
  double sum = 0;
  double error = 0;

  void add(double value) {
    const double total = sum + value;
    const double part = total - sum;
    error += (sum - (total - part)) + (value - part);
    sum = total;
  }
  [[nodiscard]] double value() const { return sum + error; }
  // As value(), but an infinite sum is told as such and not as the NaN that its error became.
  [[nodiscard]] double value_or_infinity() const { return std::isinf(sum) ? sum : sum + error; }
};

}  // namespace pmon::promql
