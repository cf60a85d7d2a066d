// SPDX-License-Identifier: Apache-2.0
#include "export/window.h"

namespace pmon {

Statistics Statistics::all() {
  Statistics all;
  for (const Statistic statistic : kStatistics) all.add(statistic);
  return all;
}

Statistics Statistics::only(Statistic statistic) {
  Statistics one;
  one.add(statistic);
  return one;
}

std::string_view statistic_name(MetricKind kind, Statistic statistic) {
  const bool rate = kind == MetricKind::kCounter;
  switch (statistic) {
    case Statistic::kLast: return "last";
    case Statistic::kMax: return rate ? "rate_max" : "max";
    case Statistic::kMean: return rate ? "rate_mean" : "mean";
    case Statistic::kP95: return rate ? "rate_p95" : "p95";
  }
  return "";
}

std::string series_name(std::string_view metric, MetricKind kind, Statistic statistic) {
  std::string name(metric);
  if (statistic != Statistic::kLast) name.append(":").append(statistic_name(kind, statistic));
  return name;
}

}  // namespace pmon
