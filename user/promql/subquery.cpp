// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstdint>
#include <unordered_map>

#include "promql/eval.h"

namespace pmon::promql {

namespace {

// What is stored is a run more, or nothing where the last one goes on.
std::uint64_t append(Series& series, TickIndex tick, double value) {
  Run& run = series.last_run;
  const bool empty = run.first == UINT32_MAX;
  if (!empty && run.last + 1 == tick &&
      std::bit_cast<std::uint64_t>(run.value) == std::bit_cast<std::uint64_t>(value)) {
    run.last = tick;
    return 0;
  }
  if (!empty) series.older.push(run, Keep());
  run = {tick, tick, value};
  return Work::kStored;
}

// Finds the series of an element. Steps give their elements in nearly the same order each time, so
// the one after the last found is tried first.
class SeriesFinder {
 public:
  explicit SeriesFinder(RangeVector& out) : out_(out) {}

  void start_step() { next_ = 0; }
  Series& find(const Element& element) {
    if (next_ >= out_.names.size() || !is(next_, element)) {
      const auto [at, added] = positions_.try_emplace(ElementKey(element.labels, element.name), out_.names.size());
      if (added) {
        out_.own_series.emplace_back().labels = element.labels;
        out_.names.push_back(element.name);
      }
      next_ = at->second;
    }
    return out_.own_series[next_++];
  }

 private:
  [[nodiscard]] bool is(std::size_t i, const Element& element) const {
    return out_.own_series[i].labels == element.labels && out_.names[i] == element.name;
  }
  RangeVector& out_;
  std::unordered_map<ElementKey, std::size_t, ElementKeyHash> positions_;
  std::size_t next_ = 0;
};

}  // namespace

// The inner expression at each multiple of the step in the range, whatever the evaluation time.
RangeVector Evaluator::subquery(const Subquery& query, Timestamp t) {
  RangeVector out;
  out.range_end = query.shift.apply(t, query_);
  out.range_start = out.range_end - query.range;
  const Timestamp step = query.step != 0 ? query.step : options_.subquery_step;
  // Not only after minutes of them.
  if (static_cast<std::uint64_t>(query.range / step) > budget_.left() / Work::kStep) over_budget();
  Timestamp at = out.range_start / step * step;
  if (at < out.range_start) at += step;

  SeriesFinder finder(out);
  for (; at <= out.range_end; at += step) {
    const auto tick = static_cast<TickIndex>(out.own_ticks.size());
    out.own_ticks.push_back(at);
    finder.start_step();
    const InstantVector values = vector(*query.expr, at);
    std::uint64_t stored = Work::kElement * values.elements.size();
    for (const Element& element : values.elements) stored += append(finder.find(element), tick, element.value);
    spend(stored);
  }
  for (const Series& series : out.own_series) out.own_list.push_back(&series);
  out.series = out.own_list;
  for (const std::string* name : out.names) {
    if (name != out.names.front()) out.distinct = false;
  }
  out.end = static_cast<TickIndex>(out.own_ticks.size());
  out.ticks = {out.own_ticks.data(), 0, out.end};
  return out;
}

}  // namespace pmon::promql
