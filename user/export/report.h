// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "export/encoded.h"
#include "export/window.h"

namespace pmon {

struct ReportOptions {
  std::string host;
  Labels tags;                    // added to those of every series
  std::size_t most_lines = 1000;  // of one body
};

// One JSON object a line for each statistic of each series:
// {"ts":1700000000000,"host":"db1","type":"pmon_process_threads:max","value":12,"tags":{"comm":"nginx","pid":"7"}}
// `ts` is that of the series' last sample in ms, `type` as series_name() has it; without labels there is no `tags`.
// JSON has no word for NaN and infinities: such values are left out, and counted.
[[nodiscard]] Encoded report_lines(const Window& window, const ReportOptions& options);

// The lines as one JSON array.
[[nodiscard]] std::string report_array(std::string_view lines);

}  // namespace pmon
