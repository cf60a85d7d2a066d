// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/collector.h"
#include "pmon/metrics.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::recording {

// The ground that was recorded. Numbers are 0 and texts "" where they were not known.
struct HostFacts {
  std::string name;
  std::string boot_id;  // tells two boots of one host apart, and so what pids and start times mean
  std::string kernel;   // release
  std::string machine;  // "x86_64"
  std::uint64_t cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t page_size = 0;
  std::uint64_t clock_ticks_per_second = 0;
};
[[nodiscard]] HostFacts this_host();

// The name of one column of values: a metric of metrics.def, or of another version's.
struct MetricColumn {
  std::string name;              // without the prefix
  std::string label;             // "kind=voluntary", or ""
  std::optional<Metric> metric;  // absent: this program does not know it
};

// What each file of a recording begins with.
struct Header {
  std::string writer;      // version of pmon
  std::string recording;   // the same in all files of one recording
  std::uint64_t part = 0;  // number of the file in its recording, from 0
  Timestamp started = 0;   // ms since the epoch: when the file was begun
  Timestamp interval_ms = 0;
  HostFacts host;
  std::string collector;
  std::vector<MetricColumn> metrics;  // by their bits in the masks of frames
  Capabilities capabilities;
};

// The columns that this program writes: all of metrics.def, in its order.
[[nodiscard]] std::vector<MetricColumn> own_columns();

[[nodiscard]] std::string header_text(const Header& header);
// Errors (kUsage) say what is wrong with the text, not where it came from. A metric that the recording lacks is a
// missing capability with the reason.
[[nodiscard]] Result<Header> parse_header(std::string_view text);

// The same for capabilities alone, as they change while recording. `header` tells what was recorded, and by whom.
[[nodiscard]] std::string capabilities_text(const Capabilities& capabilities);
[[nodiscard]] Result<Capabilities> parse_capabilities(std::string_view text, const Header& header);

[[nodiscard]] bool same_capabilities(const Capabilities& a, const Capabilities& b);

}  // namespace pmon::recording
