// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "export/exposition.h"
#include "export/window.h"

namespace pmon {

// One series' samples of the present window.
struct SeriesWindow {
  Labels labels;
  std::size_t hash = 0;
  std::size_t position = 0;  // among its family's
  Timestamp last_time = 0;   // 0: not seen yet
  double last = 0;
  bool sampled = false;         // in this window
  Statistics told;              // ever
  double max = 0;               // of the values: the samples of a gauge, the rates of a counter
  double sum = 0;               // of the values; of a counter, its increase
  double weight = 0;            // values; of a counter, seconds
  std::vector<double> values;   // where the percentile is asked for
  std::size_t value_count = 0;  // 0: max, sum and weight mean nothing

  void add(Timestamp time, double sample, MetricKind kind, bool keep_values);
  [[nodiscard]] WindowSeries reduce(const Statistics& statistics, Timestamp last_tick);
  void begin_window();

 private:
  void add_value(double value, bool keep);
};

// The q-quantile of values, which are put into another order; there is at least one, and none is NaN.
[[nodiscard]] double quantile_of(std::vector<double>& values, double q);

// All series of one metric, found by their labels. Samples that come in the same order as before are found without a
// search.
class SeriesTable {
 public:
  [[nodiscard]] SeriesWindow& at(const Labels& labels);
  void begin_tick() { next_ = 0; }
  [[nodiscard]] const std::vector<std::unique_ptr<SeriesWindow>>& all() const { return series_; }
  // Those whose last sample is not of this time.
  void forget_others(Timestamp time);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const SeriesWindow* series) const { return series->hash; }
    std::size_t operator()(const Labels& labels) const { return labels.hash(); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const SeriesWindow* a, const SeriesWindow* b) const { return a == b; }
    bool operator()(const Labels& a, const SeriesWindow* b) const { return a == b->labels; }
    bool operator()(const SeriesWindow* a, const Labels& b) const { return a->labels == b; }
  };

  std::vector<std::unique_ptr<SeriesWindow>> series_;  // in the order in which they came
  std::unordered_set<SeriesWindow*, Hash, Equal> index_;
  std::size_t next_ = 0;  // where the next sample's series is, if nothing has changed
};

}  // namespace pmon
