// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "export/output.h"
#include "pmon/labels.h"
#include "series/series_store.h"

namespace pmon::monitor {

// The recent past of the process that the alert's labels name (pid and comm), from what the rules
// made the store keep: at most `points` ticks (kThinnedTo at the most), evenly spread over what is kept of the last
// five minutes, the latest last.
// Empty where the labels name no process, or one without series.
[[nodiscard]] Evidence evidence_of(const SeriesStore& store, const Labels& alert, TickIndex points = kThinnedTo);

}  // namespace pmon::monitor
