// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pmon/labels.h"
#include "series/series_store.h"

namespace pmon::promql {

// One sample within an evaluation. Labels and name are interned by the store or by the evaluation, so
// that equal label sets have equal addresses and nothing is copied before the result.
struct Element {
  const Labels* labels;     // without the name
  const std::string* name;  // nullptr where there is none
  double value;
};

// What tells two elements apart.
using ElementKey = std::pair<const Labels*, const std::string*>;
struct ElementKeyHash {
  std::size_t operator()(const ElementKey& key) const {
    return std::hash<const void*>()(key.first) * 31 + std::hash<const void*>()(key.second);
  }
};

struct InstantVector {
  std::vector<Element> elements;
  // No two elements have the same `labels` (whatever their names): lets joins skip their checks.
  bool distinct = true;
};

// Series with their samples in a range: of the store, or made by a subquery.
struct RangeVector {
  TickTimes ticks;
  TickIndex first = 0;  // ticks [first, end) lie in the range
  TickIndex end = 0;
  Timestamp range_start = 0;  // of the range as written, whatever the samples
  Timestamp range_end = 0;
  std::span<const Series* const> series;  // the store's list, or `own_list`
  const std::string* name = nullptr;      // of all of them
  std::vector<const std::string*> names;  // of each of them, where they differ
  bool distinct = true;

  std::vector<const Series*> own_list;
  // What a subquery made.
  std::vector<Timestamp> own_ticks;
  std::deque<Series> own_series;

  [[nodiscard]] const std::string* name_of(std::size_t i) const { return names.empty() ? name : names[i]; }
};

}  // namespace pmon::promql
