// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon::delivery {

// One line of a log. Its labels name the stream; each set of values makes a stream of its own, so they are words of a
// small vocabulary (host, severity), never pids.
struct LokiEntry {
  Labels stream;
  Timestamp time = 0;  // ms
  std::string line;
};

// The body of Loki's push API (POST /loki/api/v1/push, application/json): streams sorted by their labels, the lines of
// each by time. Lines of one millisecond keep their order by nanoseconds that count on. Bytes that are not UTF-8 become
// U+FFFD.
[[nodiscard]] std::string loki_body(std::vector<LokiEntry> entries);

}  // namespace pmon::delivery
