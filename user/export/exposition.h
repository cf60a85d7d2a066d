// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pmon/labels.h"
#include "pmon/metrics.h"

namespace pmon::exposition {

struct Sample {
  Labels labels;
  double value;
};

// All samples of one metric name.
struct Family {
  std::string name;
  std::string help;
  MetricKind kind;
  std::vector<Sample> samples;
};

// As Go's strconv.FormatFloat(value, 'g', -1, 64), which Prometheus's own writers use: the shortest
// text that reads back as the same number; "NaN", "+Inf", "-Inf".
[[nodiscard]] std::string format_value(double value);

enum class Format : std::uint8_t {
  kText,         // the Prometheus text format 0.0.4
  kOpenMetrics,  // OpenMetrics 1.0.0
};

// Appends one family, without timestamps; nothing where it has no samples. Names, and that no label set comes twice,
// are the caller's concern; label values may hold any bytes.
// OpenMetrics: a counter's family is named without "_total", its samples with it; a family whose name ends in a unit
// of the specification says so.
void append_family(std::string& out, const Family& family, Format format);
// What ends a whole exposition: "# EOF" of OpenMetrics.
[[nodiscard]] std::string_view end_of(Format format);

// All families, and the end.
[[nodiscard]] std::string text(std::span<const Family> families);
[[nodiscard]] std::string openmetrics(std::span<const Family> families);

}  // namespace pmon::exposition
