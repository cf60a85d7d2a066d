// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>

#include "promql/eval.h"
#include "promql/window.h"

namespace pmon::promql {

namespace {

// The matchers of a selector over label sets. Regular expressions are asked once per label value.
class LabelFilter {
 public:
  explicit LabelFilter(const Selector& selector) {
    for (const Matcher& matcher : selector.matchers) {
      if (matcher.name != kNameLabel) tests_.push_back({&matcher, {}});
    }
  }

  bool operator()(const Labels& labels) {
    return std::all_of(tests_.begin(), tests_.end(), [&labels](Test& test) {
      const std::string_view value = labels.get(test.matcher->name);
      if (!test.matcher->regex) return test.matcher->matches(value);
      const auto [at, added] = test.known.try_emplace(value);
      if (added) at->second = test.matcher->matches(value);
      return at->second;
    });
  }

 private:
  struct Test {
    const Matcher* matcher;
    std::unordered_map<std::string_view, bool> known;
  };
  std::vector<Test> tests_;
};

bool name_matches(const Selector& selector, std::string_view name) {
  return std::all_of(selector.matchers.begin(), selector.matchers.end(),
                     [name](const Matcher& matcher) { return matcher.name != kNameLabel || matcher.matches(name); });
}

}  // namespace

// Calls f(series, name) for each series that the selector's matchers let through. True where no two of
// them can have the same labels, because they are of one name.
template <typename F>
bool Evaluator::each_series(const Selector& selector, F&& f) {
  LabelFilter filter(selector);
  const bool any_labels = std::all_of(selector.matchers.begin(), selector.matchers.end(),
                                      [](const Matcher& matcher) { return matcher.name == kNameLabel; });
  const std::uint64_t work = any_labels ? Work::kElement : Work::kMatch;
  const auto visit = [&](const std::string& name) {
    const std::string* interned = intern_name(name);
    const std::vector<const Series*>& all = store_.series_of(name);
    spend(work * all.size());
    for (const Series* series : all) {
      if (wanted(series->labels) && (any_labels || filter(*series->labels))) f(*series, interned);
    }
  };
  if (!selector.name.empty()) {
    if (name_matches(selector, selector.name)) visit(selector.name);
    return true;
  }
  const std::vector<std::string> names = store_.names();
  spend(Work::kMatch * names.size());
  for (const std::string& name : names) {
    if (name_matches(selector, name)) visit(name);
  }
  return false;
}

InstantVector Evaluator::select(const Selector& selector, Timestamp t, Take take, const Filter* filter) {
  const Timestamp at = selector.shift.apply(t, query_);
  const TickTimes ticks = store_.ticks();
  const TickIndex oldest = ticks.lower_bound(at - options_.look_back);
  const TickIndex end = ticks.upper_bound(at);
  InstantVector out;
  if (end == ticks.first || oldest >= end) return out;
  const TickIndex newest = end - 1;
  if (filter == nullptr && only_ == nullptr && !selector.name.empty()) {
    out.elements.reserve(store_.series_of(selector.name).size());
  }
  out.distinct = each_series(selector, [&](const Series& series, const std::string* name) {
    const Run* run = run_at_or_before(series, newest);
    if (run == nullptr || run->last < oldest || is_stale(run->value)) return;
    const double value =
        take == Take::kTimes ? static_cast<double>(ticks.at(std::min(run->last, newest))) / 1000 : run->value;
    if (filter == nullptr || filter->passes(value)) out.elements.push_back({series.labels, name, value});
  });
  return out;
}

RangeVector Evaluator::select_range(const Selector& selector, Timestamp t) {
  RangeVector out;
  out.range_end = selector.shift.apply(t, query_);
  out.range_start = out.range_end - selector.range;
  out.ticks = store_.ticks();
  out.first = out.ticks.lower_bound(out.range_start);
  out.end = out.ticks.upper_bound(out.range_end);
  if (out.first >= out.end) return out;
  if (!selector.name.empty() && selector.matchers.empty()) {
    out.series = store_.series_of(selector.name);
    out.name = intern_name(selector.name);
    return out;
  }
  out.distinct = each_series(selector, [&out](const Series& series, const std::string* name) {
    out.own_list.push_back(&series);
    out.names.push_back(name);
  });
  out.series = out.own_list;
  return out;
}

}  // namespace pmon::promql
