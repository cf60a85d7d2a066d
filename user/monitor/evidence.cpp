// SPDX-License-Identifier: Apache-2.0
#include "monitor/evidence.h"

#include <algorithm>
#include <optional>

namespace pmon::monitor {

namespace {

std::optional<double> value_at(const Series& series, TickIndex tick) {
  const auto holds = [tick](const Run& run) { return run.first <= tick && tick <= run.last; };
  if (holds(series.last_run))
    return is_stale(series.last_run.value) ? std::nullopt : std::optional(series.last_run.value);
  const auto found = std::find_if(series.older.begin(), series.older.end(), holds);
  if (found == series.older.end() || is_stale(found->value)) return std::nullopt;
  return found->value;
}

// Evenly spread, the newest included, oldest first.
std::vector<TickIndex> spread(const TickTimes& ticks, std::size_t points) {
  const TickIndex count = ticks.end - ticks.first;
  const TickIndex step =
      std::max<TickIndex>(1, (count + static_cast<TickIndex>(points) - 1) / static_cast<TickIndex>(points));
  std::vector<TickIndex> chosen;
  for (TickIndex tick = ticks.end; tick > ticks.first; tick -= std::min(step, tick - ticks.first)) {
    chosen.push_back(tick - 1);
  }
  std::ranges::reverse(chosen);
  return chosen;
}

}  // namespace

Evidence evidence_of(const SeriesStore& store, const Labels& alert, std::size_t points) {
  if (!alert.has("pid")) return {};
  const TickTimes times = store.ticks();
  const std::vector<TickIndex> ticks = spread(times, points);
  Evidence evidence(ticks.size());
  for (std::size_t i = 0; i < ticks.size(); ++i) evidence[i].time = times.at(ticks[i]);
  bool any = false;
  for (const MetricInfo& row : metric_table()) {
    Labels labels{{"pid", std::string(alert.get("pid"))}, {"comm", std::string(alert.get("comm"))}};
    if (!row.label_key.empty()) labels.set(row.label_key, row.label_value);
    const Labels* interned = store.find_labels(labels);
    if (interned == nullptr) continue;
    for (const Series* series : store.series_of("pmon_process_" + std::string(row.name))) {
      if (series->labels != interned) continue;
      for (std::size_t i = 0; i < ticks.size(); ++i) {
        const auto value = value_at(*series, ticks[i]);
        if (value) evidence[i].metrics.set(row.metric, *value);
        any |= value.has_value();
      }
    }
  }
  return any ? evidence : Evidence{};
}

}  // namespace pmon::monitor
