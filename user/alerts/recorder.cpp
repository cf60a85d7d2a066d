// SPDX-License-Identifier: Apache-2.0
#include "alerts/recorder.h"

#include <cstdint>
#include <utility>

namespace pmon::alerts {

namespace {

struct LabelsAt {
  std::size_t operator()(const Labels* labels) const { return labels->hash(); }
  bool operator()(const Labels* a, const Labels* b) const { return *a == *b; }
};
using Index = std::unordered_map<const Labels*, std::size_t, LabelsAt, LabelsAt>;

}  // namespace

// Finds the entries of the evaluation before. Results come in the same order as a rule, so the next one is tried
// first, and labels are hashed only where that fails.
class Recorder::Matching {
 public:
  explicit Matching(const std::vector<RecordedSeries::Entry>& before) : before_(before) {}

  // before.size() where it is not among them.
  [[nodiscard]] std::size_t find(const Labels& labels) {
    if (next_ < before_.size() && before_[next_].labels == labels) return next_++;
    if (index_.empty()) {
      index_.reserve(before_.size());
      for (std::size_t i = 0; i < before_.size(); ++i) index_.emplace(&before_[i].labels, i);
    }
    const auto found = index_.find(&labels);
    if (found == index_.end()) return before_.size();
    next_ = found->second + 1;
    return found->second;
  }

 private:
  const std::vector<RecordedSeries::Entry>& before_;
  std::size_t next_ = 0;
  Index index_;
};

bool Recorder::write(SeriesStore& store, RecordedSeries& series, promql::Vector samples) {
  std::vector<RecordedSeries::Entry>& before = series.entries_;
  Matching matching(before);
  std::vector<std::size_t> matches;
  matches.reserve(samples.size());
  Index fresh;
  bool distinct = true;
  for (const promql::Sample& sample : samples) {
    const std::size_t match = matching.find(sample.labels);
    matches.push_back(match);
    distinct =
        match < before.size() ? !std::exchange(before[match].taken, true) : fresh.emplace(&sample.labels, 0).second;
    if (!distinct) break;
  }
  if (!distinct) {
    for (RecordedSeries::Entry& entry : before) entry.taken = false;
    return false;
  }
  std::vector<RecordedSeries::Entry> now;
  now.reserve(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (matches[i] < before.size()) {
      now.push_back({std::move(before[matches[i]].labels), before[matches[i]].ref});
    } else {
      now.push_back({std::move(samples[i].labels)});
      now.back().ref = open(store, series.name_, now.back().labels);
    }
    store.append(now.back().ref, samples[i].value);
  }
  for (const RecordedSeries::Entry& entry : before) {
    if (!entry.taken) give_back(store, entry.ref);
  }
  before = std::move(now);
  return true;
}

void Recorder::drop(SeriesStore& store, const RecordedSeries& series) {
  for (const RecordedSeries::Entry& entry : series.entries_) give_back(store, entry.ref);
}

SeriesStore::Ref Recorder::open(SeriesStore& store, const std::string& name, const Labels& labels) {
  const SeriesStore::Ref ref = store.open(name, labels);
  ++owners_[ref];
  return ref;
}

void Recorder::give_back(SeriesStore& store, SeriesStore::Ref ref) {
  const auto at = owners_.find(ref);
  if (at == owners_.end() || --at->second > 0) return;
  store.release(ref);
  owners_.erase(at);
}

}  // namespace pmon::alerts
