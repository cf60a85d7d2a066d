// SPDX-License-Identifier: Apache-2.0
#include "export/metrics_json.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "export/exposition.h"

namespace pmon {
namespace {

constexpr double kLargestExact = 9007199254740992;  // 2^53

}  // namespace

nlohmann::ordered_json json_number(double value) {
  if (!std::isfinite(value)) return exposition::format_value(value);
  if (value == std::trunc(value) && std::abs(value) <= kLargestExact) return static_cast<std::int64_t>(value);
  return value;
}

nlohmann::ordered_json json_metrics(const MetricValues& values) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const MetricInfo& metric : metric_table()) {
    const auto value = values.get(metric.metric);
    if (!value) continue;
    const std::string name(metric.name);
    if (metric.label_key.empty()) {
      out[name] = json_number(*value);
    } else {
      out[name][std::string(metric.label_value)] = json_number(*value);
    }
  }
  return out;
}

}  // namespace pmon
