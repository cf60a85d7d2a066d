// SPDX-License-Identifier: Apache-2.0
#include "monitor/retention.h"

#include <algorithm>

namespace pmon::monitor {

Retention retention_for(std::span<const rules::Group> groups, const std::set<std::string>& kept,
                        Timestamp interval_ms) {
  // Samples age between two evaluations, and ticks come late.
  const Timestamp margin = 2 * interval_ms;
  Retention retention{.others_in_full = margin, .thinned = kEvidenceMs + margin};
  for (const std::string& name : kept) retention.in_full[name] = retention.thinned;
  for (const rules::Group& group : groups) {
    for (const rules::Rule& rule : group.rules) {
      for (const auto& [name, reach] : rule.expr.reach_by_metric()) {
        Timestamp& in_full = name.empty() ? retention.others_in_full : retention.in_full[name];
        in_full = std::max(in_full, reach + margin);
      }
    }
  }
  for (auto& [name, in_full] : retention.in_full) in_full = std::max(in_full, retention.others_in_full);
  return retention;
}

}  // namespace pmon::monitor
