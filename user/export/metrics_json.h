// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "pmon/snapshot.h"

namespace pmon {

// As docs/output.md promises: whole numbers up to 2^53 without ".0"; what JSON has no word for is the text "NaN",
// "+Inf" or "-Inf".
[[nodiscard]] nlohmann::ordered_json json_number(double value);

// {"pmon_process_threads": 3, "pmon_process_page_faults_total": {"minor": 5, "major": 0}, …}: rows that a label tells
// apart are an object under their name, and what is not known is absent.
[[nodiscard]] nlohmann::ordered_json json_metrics(const MetricValues& values);

}  // namespace pmon
