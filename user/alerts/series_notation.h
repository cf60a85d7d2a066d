// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "pmon/result.h"

namespace pmon::alerts {

// One step of a test's input series.
struct InputValue {
  enum class Kind { kMissing, kStale, kSample };
  Kind kind = Kind::kMissing;
  double value = 0;
};

// promtool's notation: numbers, `_` (no sample), `stale`, `axn` (a, then n more of it), `a+bxn` (a, a+b …
// a+n·b), `a-bxn`, `_xn` (n without samples).
[[nodiscard]] Result<std::vector<InputValue>> parse_values(std::string_view text);

}  // namespace pmon::alerts
