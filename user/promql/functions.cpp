// SPDX-License-Identifier: Apache-2.0
#include "promql/functions.h"

#include <algorithm>

namespace pmon::promql {

namespace {

// Not a constant: the spans are filled in by other translation units.
auto tables() {
  return std::array{kRateFunctions, kOverTimeFunctions, kTrendFunctions,  kMathFunctions,
                    kTimeFunctions, kLabelFunctions,    kVectorFunctions, kHistogramFunctions};
}

}  // namespace

const Function* find_function(std::string_view name) {
  for (const auto table : tables()) {
    for (const Function& function : table) {
      if (function.name == name) return &function;
    }
  }
  return nullptr;
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> out;
  for (const auto table : tables()) {
    for (const Function& function : table) out.push_back(function.name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace pmon::promql
