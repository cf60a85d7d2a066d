// SPDX-License-Identifier: Apache-2.0
#include "promql/window.h"

namespace pmon::promql {

namespace {

// The first run of [begin, end) for which `past` holds; it holds for all after it. `guess` is where it
// most likely is: each run of a series that moves at every tick is one tick long.
template <typename Predicate>
const Run* search(const Run* begin, const Run* end, const Run* guess, Predicate past) {
  const bool before = guess == begin || !past(guess[-1]);
  const bool here = guess == end || past(*guess);
  if (before && here) return guess;
  if (before) begin = guess;
  if (here) end = guess;
  return std::partition_point(begin, end, [&past](const Run& run) { return !past(run); });
}

// As many runs from the end as ticks lie between.
const Run* back_from(const Run* begin, const Run* end, TickIndex newest, TickIndex tick) {
  const auto ticks = newest >= tick ? static_cast<std::ptrdiff_t>(newest - tick) : 0;
  return end - std::min(end - begin, ticks);
}

}  // namespace

std::uint32_t Window::count() const {
  if (rising()) return last_tick() - frame_.first + 1;
  std::uint32_t samples = 0;
  for_each_run([&samples](const Run& run) { samples += run.last - run.first + 1; });
  return samples;
}

bool Window::run_before_last(Run& out) const {
  if (!has_tail_) load();
  const Run* run = has_tail_ ? series_.older.end() : last_ - 1;
  while (run != series_.older.begin()) {
    --run;
    if (run->last < frame_.first) return false;
    if (is_stale(run->value)) continue;
    out = clip(*run);
    return true;
  }
  return false;
}

void Window::find_older() const {
  loaded_ = true;
  if (frame_.first >= frame_.end) return;
  const Run* const begin = series_.older.begin();
  const Run* const end = series_.older.end();
  const TickIndex newest = end[-1].last + 1;
  first_ = search(begin, end, back_from(begin, end, newest, frame_.first),
                  [this](const Run& run) { return run.last >= frame_.first; });
  last_ = search(first_, end, back_from(first_, end, newest, frame_.end),
                 [this](const Run& run) { return run.first >= frame_.end; });
  while (first_ != last_ && is_stale(first_->value)) ++first_;
  while (first_ != last_ && is_stale(last_[-1].value)) --last_;
}

const Run* run_at_or_before(const Series& series, TickIndex tick) {
  if (series.last_run.first <= tick) return &series.last_run;
  const Run* const begin = series.older.begin();
  const Run* const end = series.older.end();
  if (begin == end) return nullptr;
  // The run before last_run mostly ends where that begins, which spares a look at it.
  const Run* const after = search(begin, end, back_from(begin, end, series.last_run.first - 1, tick),
                                  [tick](const Run& run) { return run.first > tick; });
  return after == begin ? nullptr : after - 1;
}

void prefetch_run_at(const Series& series, TickIndex tick) {
  if (series.last_run.first <= tick || series.older.empty()) return;
  const Run* const run = back_from(series.older.begin(), series.older.end(), series.last_run.first, tick);
  __builtin_prefetch(run);
  __builtin_prefetch(run + 4);
}

}  // namespace pmon::promql
