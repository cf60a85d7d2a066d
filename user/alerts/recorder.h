// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "pmon/labels.h"
#include "promql/promql.h"
#include "series/series_store.h"

namespace pmon::alerts {

// The series of one metric that one rule writes.
class RecordedSeries {
 public:
  explicit RecordedSeries(std::string name) : name_(std::move(name)) {}

 private:
  friend class Recorder;
  struct Entry {
    Labels labels;
    SeriesStore::Ref ref = 0;
    bool taken = false;  // by the evaluation under way
  };
  std::string name_;
  std::vector<Entry> entries_;  // in the order of the last evaluation's results
};

// Writes what rules compute back into the store. A series lives as long as some rule writes it at each
// of its evaluations; then it is marked as ended.
class Recorder {
 public:
  // All that one evaluation gave, in place of what the one before gave; the labels are taken from `samples`.
  // False, and nothing is changed, where two samples have the same labels.
  [[nodiscard]] bool write(SeriesStore& store, RecordedSeries& series, promql::Vector samples);
  // The rule is gone.
  void drop(SeriesStore& store, const RecordedSeries& series);

 private:
  class Matching;
  SeriesStore::Ref open(SeriesStore& store, const std::string& name, const Labels& labels);
  void give_back(SeriesStore& store, SeriesStore::Ref ref);

  std::unordered_map<SeriesStore::Ref, std::size_t> owners_;  // two rules may record the same series
};

}  // namespace pmon::alerts
