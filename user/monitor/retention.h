// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <span>
#include <string>

#include "rules/rules.h"
#include "series/series_store.h"

namespace pmon::monitor {

// How much of the past alerts come with, in wide steps.
inline constexpr Timestamp kEvidenceMs = Timestamp{5} * 60 * 1000;

// What a store has to keep for these rules, of each metric as much as they look at. `kept`: metrics that others may
// ask about, which are kept in full for kEvidenceMs at least.
[[nodiscard]] Retention retention_for(std::span<const rules::Group> groups, const std::set<std::string>& kept,
                                      Timestamp interval_ms);

}  // namespace pmon::monitor
