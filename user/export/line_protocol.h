// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "export/encoded.h"
#include "export/window.h"

namespace pmon {

struct LineProtocolOptions {
  Labels tags;                    // added to those of every series: host=…
  std::size_t most_lines = 5000;  // of one body: what InfluxDB's documentation calls the best size of a batch
};

// InfluxDB's line protocol, a line for each series, with a time in ms:
// pmon_process_threads,comm=nginx,host=db1,pid=7 last=11,max=12,mean=11.2,p95=12 1700000000000
// All fields are floats. InfluxDB has no word for NaN and infinities: such values are left out, and counted.
[[nodiscard]] Encoded line_protocol(const Window& window, const LineProtocolOptions& options);

// A tag's name or value (or, without '=' being special, a measurement): commas, equals signs and blanks get a
// backslash. A line break, tab or carriage return becomes "\n", "\t", "\r" as text, bytes that are not UTF-8 U+FFFD,
// other control characters '?'. A backslash stays one, but before a special character or at the end, where the protocol
// cannot say it: there it becomes '/'.
[[nodiscard]] std::string line_protocol_escaped(std::string_view text, bool measurement = false);

}  // namespace pmon
