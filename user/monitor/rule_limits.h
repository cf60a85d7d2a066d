// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "collect/collector.h"
#include "pmon/snapshot.h"
#include "rules/rules.h"

namespace pmon::monitor {

// What these rules cannot do with this collector at this interval: warnings of code "rule_limited" (a metric that is
// not measured or not there, a range that is too short) and "rule_duplicate", one for all rules with the same reason.
[[nodiscard]] std::vector<Notice> rule_limits(std::span<const rules::Group> groups, const Capabilities& capabilities,
                                              Timestamp interval_ms);

}  // namespace pmon::monitor
