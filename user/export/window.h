// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pmon/labels.h"
#include "pmon/metrics.h"
#include "pmon/snapshot.h"

namespace pmon {

// What is said of a series' samples in a window.
enum class Statistic : std::uint8_t { kLast, kMax, kMean, kP95 };
inline constexpr std::array kStatistics = {Statistic::kLast, Statistic::kMax, Statistic::kMean, Statistic::kP95};
inline constexpr std::array<std::string_view, kStatistics.size()> kStatisticWords = {"last", "max", "mean", "p95"};

// A set of statistics.
class Statistics {
 public:
  Statistics() = default;
  [[nodiscard]] static Statistics all();
  [[nodiscard]] static Statistics only(Statistic statistic);
  void add(Statistic statistic) { bits_.set(static_cast<std::size_t>(statistic)); }
  [[nodiscard]] bool has(Statistic statistic) const { return bits_.test(static_cast<std::size_t>(statistic)); }
  [[nodiscard]] bool empty() const { return bits_.none(); }
  bool operator==(const Statistics&) const = default;

 private:
  std::bitset<kStatistics.size()> bits_;
};

// "last", "max"; of a counter "last", "rate_max": all but its total are of its increase per second.
[[nodiscard]] std::string_view statistic_name(MetricKind kind, Statistic statistic);
// The series as one name: the metric's for `last`, else "pmon_process_threads:max",
// "pmon_process_cpu_seconds_total:rate_p95".
[[nodiscard]] std::string series_name(std::string_view metric, MetricKind kind, Statistic statistic);

// One series in one window.
struct WindowSeries {
  Labels labels;
  Timestamp time = 0;  // of its last sample
  bool ended = false;  // it is no more at the window's end; where it has no values, since the end of the one before
  Statistics told;     // what was ever said of it, in this window or before
  // By statistic; absent where it was not asked for or cannot be known.
  std::array<std::optional<double>, kStatistics.size()> values;
};

// The series of one metric.
struct WindowFamily {
  std::string name;
  MetricKind kind = MetricKind::kGauge;
  std::vector<WindowSeries> series;
};

// What a window came to.
struct Window {
  Timestamp end = 0;  // the time of its last tick
  std::vector<WindowFamily> families;
};

}  // namespace pmon
