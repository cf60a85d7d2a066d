// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
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

// The Prometheus text format 0.0.4, without timestamps. Families without samples are left out. Names,
// and that no label set comes twice, are the caller's concern; label values may hold any bytes.
[[nodiscard]] std::string text(std::span<const Family> families);

}  // namespace pmon::exposition
