// SPDX-License-Identifier: Apache-2.0
#include "monitor/evidence.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "monitor/retention.h"

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

// Evenly spread, the newest included, oldest first; besides the newest only ticks that a thinned series has.
std::vector<TickIndex> spread(const TickTimes& ticks, TickIndex points) {
  if (ticks.first == ticks.end) return {};
  const TickIndex newest = ticks.end - 1;
  const TickIndex first = ticks.lower_bound(ticks.at(newest) - kEvidenceMs);
  const TickIndex step = std::bit_ceil((ticks.end - first + points - 1) / points);
  std::vector<TickIndex> chosen;
  for (TickIndex tick = (first + step - 1) / step * step; tick + (step + 1) / 2 <= newest; tick += step) {
    chosen.push_back(tick);
  }
  chosen.push_back(newest);
  if (chosen.size() > points) chosen.erase(chosen.begin());
  return chosen;
}

}  // namespace

Evidence evidence_of(const SeriesStore& store, const Labels& alert, TickIndex points) {
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
