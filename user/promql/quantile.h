// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace pmon::promql {

// The q-quantile of the values, interpolated between neighbours; NaN sorts first. Without values and for a
// NaN q: NaN; below 0 and above 1: the infinities. Reorders the values.
[[nodiscard]] double quantile(double q, std::vector<double>& values);

}  // namespace pmon::promql
