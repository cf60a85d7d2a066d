// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pmon {

// A per-process metric; the enumerators are the rows of metrics.def, in order.
enum class Metric : std::uint8_t {
#define PMON_KERNEL(id, name, label, kind, raw, help) k##id,
#define PMON_DERIVED(id, name, label, kind, raw, help) k##id,
#include "pmon/metrics.def"
#undef PMON_KERNEL
#undef PMON_DERIVED
};

enum class MetricKind : std::uint8_t { kCounter, kGauge };
enum class RawUnit : std::uint8_t { kCount, kNanoseconds, kPages, kBytes, kSeconds };

struct MetricInfo {
  Metric metric;
  std::string_view name;       // without "pmon_process_"
  std::string_view label_key;  // "" or the fixed label that tells rows of one name apart
  std::string_view label_value;
  MetricKind kind;
  RawUnit raw;
  std::string_view help;
};

inline constexpr std::size_t kMetricCount = []() {
  std::size_t count = 0;
#define PMON_KERNEL(...) ++count;
#define PMON_DERIVED(...) ++count;
#include "pmon/metrics.def"
#undef PMON_KERNEL
#undef PMON_DERIVED
  return count;
}();

// All metrics in the order of the enumeration.
[[nodiscard]] const std::array<MetricInfo, kMetricCount>& metric_table();
[[nodiscard]] inline const MetricInfo& info(Metric metric) { return metric_table()[static_cast<std::size_t>(metric)]; }

// "s", "bytes" or "" (counts): the unit in which values are shown.
[[nodiscard]] std::string_view unit_name(RawUnit raw);

// What one raw unit is in the shown unit: 1e-9 for nanoseconds, the page size for pages.
[[nodiscard]] double raw_scale(RawUnit raw);

// The values of one process in shown units. Missing is a state, never 0.
class MetricValues {
 public:
  void set(Metric metric, double value) {
    present_.set(index(metric));
    values_[index(metric)] = value;
  }
  void clear() { present_.reset(); }
  [[nodiscard]] bool has(Metric metric) const { return present_.test(index(metric)); }
  // Only where has() is true.
  [[nodiscard]] double at(Metric metric) const { return values_[index(metric)]; }
  [[nodiscard]] std::optional<double> get(Metric metric) const {
    return has(metric) ? std::optional<double>(at(metric)) : std::nullopt;
  }

 private:
  static constexpr std::size_t index(Metric metric) { return static_cast<std::size_t>(metric); }
  std::array<double, kMetricCount> values_{};
  std::bitset<kMetricCount> present_;
};

}  // namespace pmon
