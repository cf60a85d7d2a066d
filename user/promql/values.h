// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
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

struct InstantVector {
  std::vector<Element> elements;
  // No two elements have the same `labels` (whatever their names): lets joins skip their checks.
  bool distinct = true;
};

struct RangeElement {
  const Series* series;
  const std::string* name;
};

// Series with their samples in a range: of the store, or made by a subquery.
struct RangeVector {
  TickTimes ticks;
  TickIndex first = 0;  // ticks [first, end) lie in the range
  TickIndex end = 0;
  Timestamp range_start = 0;  // of the range as written, whatever the samples
  Timestamp range_end = 0;
  std::vector<RangeElement> elements;
  bool distinct = true;

  // What a subquery made.
  std::vector<Timestamp> own_ticks;
  std::deque<Series> own_series;
};

}  // namespace pmon::promql
