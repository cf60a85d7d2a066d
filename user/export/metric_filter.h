// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pmon {

// Whether a name is what a pattern means, in which each '*' stands for any text, the empty one included.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view name);

// The metrics that a sink takes, by name; without patterns all of them. Immutable.
class MetricFilter {
 public:
  MetricFilter() = default;
  explicit MetricFilter(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
  [[nodiscard]] bool takes(std::string_view name) const;

 private:
  std::vector<std::string> patterns_;
};

}  // namespace pmon
