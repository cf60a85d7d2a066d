// SPDX-License-Identifier: Apache-2.0
#include "pmon/metrics.h"

#include <unistd.h>

namespace pmon {

namespace {

constexpr MetricInfo row(Metric metric, std::string_view name, std::string_view label, MetricKind kind, RawUnit raw,
                         std::string_view help) {
  const std::size_t equals = label.find('=');
  if (equals == std::string_view::npos) return {metric, name, "", "", kind, raw, help};
  return {metric, name, label.substr(0, equals), label.substr(equals + 1), kind, raw, help};
}

// NOLINTBEGIN(readability-identifier-naming): the words of metrics.def
constexpr auto COUNTER = MetricKind::kCounter;
constexpr auto GAUGE = MetricKind::kGauge;
constexpr auto COUNT = RawUnit::kCount;
constexpr auto NANOSECONDS = RawUnit::kNanoseconds;
constexpr auto PAGES = RawUnit::kPages;
constexpr auto BYTES = RawUnit::kBytes;
constexpr auto SECONDS = RawUnit::kSeconds;
// NOLINTEND(readability-identifier-naming)

constexpr std::array<MetricInfo, kMetricCount> kTable = {{
#define PMON_KERNEL(id, name, label, kind, raw, help) row(Metric::k##id, name, label, kind, raw, help),
#define PMON_DERIVED(id, name, label, kind, raw, help) row(Metric::k##id, name, label, kind, raw, help),
#include "pmon/metrics.def"
#undef PMON_KERNEL
#undef PMON_DERIVED
}};

}  // namespace

const std::array<MetricInfo, kMetricCount>& metric_table() { return kTable; }

std::string_view unit_name(RawUnit raw) {
  switch (raw) {
    case RawUnit::kCount: return "";
    case RawUnit::kNanoseconds:
    case RawUnit::kSeconds: return "s";
    case RawUnit::kPages:
    case RawUnit::kBytes: return "bytes";
  }
  return "";
}

double raw_scale(RawUnit raw) {
  static const double page_size = static_cast<double>(sysconf(_SC_PAGESIZE));
  switch (raw) {
    case RawUnit::kCount:
    case RawUnit::kSeconds:
    case RawUnit::kBytes: return 1;
    case RawUnit::kNanoseconds: return 1e-9;
    case RawUnit::kPages: return page_size;
  }
  return 1;
}

}  // namespace pmon
