// SPDX-License-Identifier: Apache-2.0
#include "export/series_limiter.h"

#include <algorithm>
#include <array>
#include <span>

#include "export/host_metrics.h"

namespace pmon {

namespace {

constexpr double kIncumbentBonus = 1.1;

using Score = double (*)(const MetricValues&);

double sum_of(const MetricValues& values, std::initializer_list<Metric> metrics) {
  double sum = 0;
  for (const Metric metric : metrics) sum += values.get(metric).value_or(0);
  return sum;
}

constexpr std::array<Score, 4> kScores = {
    [](const MetricValues& v) { return sum_of(v, {Metric::kCPU}); },
    [](const MetricValues& v) {
      return sum_of(v, {Metric::kRESIDENT, Metric::kSWAP});
    },
    [](const MetricValues& v) { return sum_of(v, {Metric::kTHREADS}); },
    [](const MetricValues& v) {
      return sum_of(v, {Metric::kMINOR_FAULTS, Metric::kMAJOR_FAULTS});
    },
};

struct Ranked {
  double score;
  std::size_t index;  // into the processes
};

// The `count` highest scores, highest first; pids decide between equals so that the choice is stable.
std::vector<Ranked> top(std::vector<Ranked> ranked, std::size_t count,
                        std::span<const ProcessSample* const> processes) {
  const auto better = [processes](const Ranked& a, const Ranked& b) {
    return a.score != b.score ? a.score > b.score : processes[a.index]->key < processes[b.index]->key;
  };
  if (count < ranked.size()) {
    std::nth_element(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(count), ranked.end(), better);
    ranked.resize(count);
  }
  std::sort(ranked.begin(), ranked.end(), better);
  return ranked;
}

void add(MetricValues& sum, Metric metric, double value) { sum.set(metric, sum.get(metric).value_or(0) + value); }

}  // namespace

std::vector<bool> SeriesLimiter::choose(std::span<const ProcessSample* const> processes, const Pinned& pinned) const {
  std::vector<bool> own(processes.size());
  std::vector<bool> incumbent(processes.size());
  std::vector<std::size_t> alive;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (processes[i]->exit) continue;
    alive.push_back(i);
    own[i] = pinned(*processes[i]);
    const auto known = known_.find(processes[i]->key);
    incumbent[i] = known != known_.end() && known->second.own;
  }
  std::array<std::vector<Ranked>, kScores.size()> rankings;
  for (std::size_t s = 0; s < kScores.size(); ++s) {
    std::vector<Ranked> ranked;
    ranked.reserve(alive.size());
    for (const std::size_t i : alive) {
      ranked.push_back({kScores[s](processes[i]->metrics) * (incumbent[i] ? kIncumbentBonus : 1), i});
    }
    rankings[s] = top(std::move(ranked), max_series_, processes);
  }
  std::vector<bool> chosen(processes.size());
  std::size_t count = 0;
  for (std::size_t place = 0; place < max_series_; ++place) {
    for (const auto& ranking : rankings) {
      if (place >= ranking.size() || count == max_series_ || chosen[ranking[place].index]) continue;
      chosen[ranking[place].index] = true;
      own[ranking[place].index] = true;
      ++count;
    }
    if (count == max_series_ || count == alive.size()) break;
  }
  return own;
}

// Adds what the process used since it was last exported to the counters of "other".
void SeriesLimiter::add_used(const ProcessSample& process, const Known* known) {
  const bool whole_life = known != nullptr ? known->from_zero : process.born || !begun_;
  for (const MetricInfo& metric : metric_table()) {
    const auto value = process.metrics.get(metric.metric);
    if (!value || metric.kind == MetricKind::kGauge || !is_summable(metric.metric)) continue;
    const double none = whole_life ? 0 : *value;
    const double before = known != nullptr ? known->last.get(metric.metric).value_or(none) : none;
    add(counters_, metric.metric, std::max(0.0, *value - before));
  }
  any_other_ = true;
}

void SeriesLimiter::observe(std::span<const ProcessSample* const> processes) {
  for (const ProcessSample* process : processes) {
    if (process->exit) {
      const auto found = known_.find(process->key);
      add_used(*process, found == known_.end() ? nullptr : &found->second);
      if (found != known_.end()) known_.erase(found);
    } else if (process->born || !begun_) {
      known_.try_emplace(process->key, Known{.from_zero = true});
    }
  }
  begun_ = true;
}

void SeriesLimiter::account(const ProcessSample& process, bool own, MetricValues& other) {
  const auto found = known_.find(process.key);
  const Known* known = found == known_.end() ? nullptr : &found->second;
  // What it used since the last export is in its own series only if that goes on from then to now.
  const bool in_other = known != nullptr && !known->from_zero ? !(own && known->own) : !own;
  if (in_other) add_used(process, known);
  for (const MetricInfo& metric : metric_table()) {
    if (own || metric.kind != MetricKind::kGauge || !is_summable(metric.metric)) continue;
    if (const auto value = process.metrics.get(metric.metric)) add(other, metric.metric, *value);
  }
  Known& entry = known != nullptr ? found->second : known_[process.key];
  entry.selection = selections_;
  entry.own = own;
  entry.from_zero = false;
  for (const MetricInfo& metric : metric_table()) {  // a value that is absent now leaves the last one known
    if (const auto value = process.metrics.get(metric.metric)) entry.last.set(metric.metric, *value);
  }
}

// A collector that loses an exit would make the table grow for ever.
void SeriesLimiter::forget_vanished() {
  std::erase_if(known_, [this](const auto& entry) { return entry.second.selection != selections_; });
}

SelectedProcesses SeriesLimiter::select(std::span<const ProcessSample* const> processes, const Pinned& pinned) {
  ++selections_;
  const std::vector<bool> own = choose(processes, pinned);
  SelectedProcesses selected;
  MetricValues other;
  std::size_t alive = 0;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (processes[i]->exit) continue;
    account(*processes[i], own[i], other);
    ++alive;
    if (own[i]) selected.own.push_back(processes[i]);
  }
  if (known_.size() > alive) forget_vanished();
  std::sort(selected.own.begin(), selected.own.end(),
            [](const ProcessSample* a, const ProcessSample* b) { return a->key < b->key; });
  if (any_other_) {
    for (const MetricInfo& metric : metric_table()) {
      if (const auto value = counters_.get(metric.metric)) other.set(metric.metric, *value);
    }
    selected.other = other;
  }
  return selected;
}

}  // namespace pmon
