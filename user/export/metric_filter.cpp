// SPDX-License-Identifier: Apache-2.0
#include "export/metric_filter.h"

#include <algorithm>

namespace pmon {

// Greedy, with one place to return to: the last '*' takes one byte more each time the rest does not fit. That is
// enough, and never worse than the product of the lengths.
bool matches_glob(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_took = 0;
  std::size_t i = 0;
  while (i < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_took = i;
    } else if (at < pattern.size() && pattern[at] == name[i]) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++star_took;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool MetricFilter::takes(std::string_view name) const {
  return patterns_.empty() ||
         std::ranges::any_of(patterns_, [name](const std::string& pattern) { return matches_glob(pattern, name); });
}

}  // namespace pmon
