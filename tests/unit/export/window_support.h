// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "export/exposition.h"
#include "export/window.h"

namespace pmon::test {

inline constexpr Timestamp kWindowTime = 1'700'000'000'000;

inline exposition::Family gauge(std::string name, std::vector<exposition::Sample> samples) {
  return {std::move(name), "", MetricKind::kGauge, std::move(samples)};
}
inline exposition::Family counter(std::string name, std::vector<exposition::Sample> samples) {
  return {std::move(name), "", MetricKind::kCounter, std::move(samples)};
}

// A series that has been told of with all its values.
inline WindowSeries series(Labels labels, Timestamp time,
                           std::array<std::optional<double>, kStatistics.size()> values) {
  WindowSeries series{std::move(labels), time, false, {}, values};
  for (const Statistic statistic : kStatistics) {
    if (values[static_cast<std::size_t>(statistic)]) series.told.add(statistic);
  }
  return series;
}

// A label value with all that a format may trip over.
inline const std::string kHostile = "a\nb\"c\\d,e=f g\xff\t\x01h\\";

}  // namespace pmon::test
