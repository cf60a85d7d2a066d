// SPDX-License-Identifier: Apache-2.0
#include "promql/functions.h"

#include <algorithm>
#include <numeric>

namespace pmon::promql {

namespace {

// Not a constant: the spans are filled in by other translation units.
auto tables() {
  return std::array{kRateFunctions, kOverTimeFunctions, kTrendFunctions,  kMathFunctions,
                    kTimeFunctions, kLabelFunctions,    kVectorFunctions, kHistogramFunctions};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
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

std::string_view closest_name(std::string_view name, std::span<const std::string_view> known) {
  std::string_view best;
  // Halves, so that of two that are equally near the one that goes on where the name stops wins.
  std::size_t best_distance = 2 * std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = 2 * edit_distance(name, candidate) - (candidate.starts_with(name) ? 1 : 0);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace pmon::promql
