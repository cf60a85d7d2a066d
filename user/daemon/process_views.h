// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "http/host.h"
#include "monitor/pipeline.h"

namespace pmon::daemon {

// The first of the living processes in the order asked for. Rates are those between the last two ticks, once the store
// has them: asking for them makes it keep what they need.
[[nodiscard]] std::vector<http::ProcessView> process_views(monitor::Pipeline& pipeline, const http::ProcessQuery& query,
                                                           Timestamp now);

}  // namespace pmon::daemon
