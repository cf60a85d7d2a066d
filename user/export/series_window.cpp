// SPDX-License-Identifier: Apache-2.0
#include "export/series_window.h"

#include <algorithm>
#include <cmath>

namespace pmon {

namespace {

constexpr double kMillisecondsPerSecond = 1000;
constexpr double kHighQuantile = 0.95;

}  // namespace

void SeriesWindow::add_value(double value, bool keep) {
  max = value_count == 0 ? value : std::max(max, value);
  ++value_count;
  if (keep) values.push_back(value);
}

void SeriesWindow::add(Timestamp time, double sample, MetricKind kind, bool keep_values) {
  switch (kind) {
    case MetricKind::kGauge:
      if (std::isnan(sample)) break;
      add_value(sample, keep_values);
      sum += sample;
      weight += 1;
      break;
    case MetricKind::kCounter: {
      const bool has_rate = last_time != 0 && time > last_time && std::isfinite(sample) && std::isfinite(last);
      if (!has_rate) break;
      const double seconds = static_cast<double>(time - last_time) / kMillisecondsPerSecond;
      const double increase = sample >= last ? sample - last : sample;
      add_value(increase / seconds, keep_values);
      sum += increase;
      weight += seconds;
      break;
    }
  }
  sampled = true;
  last = sample;
  last_time = time;
}

WindowSeries SeriesWindow::reduce(const Statistics& statistics, Timestamp last_tick) {
  WindowSeries out{labels, last_time, last_time != last_tick, {}, {}};
  const auto set = [&](Statistic statistic, double value) {
    if (!statistics.has(statistic)) return;
    out.values[static_cast<std::size_t>(statistic)] = value;
    told.add(statistic);
  };
  if (sampled) set(Statistic::kLast, last);
  if (value_count != 0) {
    set(Statistic::kMax, max);
    set(Statistic::kMean, sum / weight);
    if (!values.empty()) set(Statistic::kP95, quantile_of(values, kHighQuantile));
  }
  out.told = told;
  return out;
}

void SeriesWindow::begin_window() {
  sampled = false;
  max = sum = weight = 0;
  values.clear();
  value_count = 0;
}

double quantile_of(std::vector<double>& values, double q) {
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::ranges::nth_element(values, at);
  if (at + 1 == values.end()) return *at;
  const double above = *std::min_element(at + 1, values.end());
  const double weight = rank - static_cast<double>(below);
  return weight == 0 ? *at : *at * (1 - weight) + above * weight;
}

SeriesWindow& SeriesTable::at(const Labels& labels) {
  if (next_ < series_.size() && series_[next_]->labels == labels) return *series_[next_++];
  if (const auto found = index_.find(labels); found != index_.end()) {
    next_ = (*found)->position + 1;
    return **found;
  }
  auto made = std::make_unique<SeriesWindow>();
  made->labels = labels;
  made->hash = labels.hash();
  made->position = series_.size();
  index_.insert(made.get());
  series_.push_back(std::move(made));
  return *series_.back();
}

void SeriesTable::forget_others(Timestamp time) {
  const auto gone = [time](const auto& series) { return series->last_time != time; };
  if (std::ranges::none_of(series_, gone)) return;
  for (const auto& series : series_) {
    if (gone(series)) index_.erase(series.get());
  }
  std::erase_if(series_, gone);
  for (std::size_t i = 0; i < series_.size(); ++i) series_[i]->position = i;
}

}  // namespace pmon
