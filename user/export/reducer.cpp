// SPDX-License-Identifier: Apache-2.0
#include "export/reducer.h"

#include <utility>

#include "export/series_window.h"

namespace pmon {

class Reducer::FamilyState {
 public:
  FamilyState(std::string name, MetricKind kind, bool taken) : name_(std::move(name)), kind_(kind), taken_(taken) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool taken() const { return taken_; }

  void add(Timestamp time, std::span<const exposition::Sample> samples, bool keep_values) {
    series_.begin_tick();
    for (const auto& sample : samples) series_.at(sample.labels).add(time, sample.value, kind_, keep_values);
  }

  [[nodiscard]] WindowFamily end_window(const Statistics& statistics, Timestamp last_tick) {
    WindowFamily out{name_, kind_, {}};
    out.series.reserve(series_.all().size());
    for (const auto& series : series_.all()) {
      out.series.push_back(series->reduce(statistics, last_tick));
      series->begin_window();
    }
    series_.forget_others(last_tick);
    return out;
  }

 private:
  std::string name_;
  MetricKind kind_;
  bool taken_;
  SeriesTable series_;
};

Reducer::Reducer(ReducerOptions options) : options_(std::move(options)) {}
Reducer::~Reducer() = default;
Reducer::Reducer(Reducer&&) noexcept = default;
Reducer& Reducer::operator=(Reducer&&) noexcept = default;

Reducer::FamilyState* Reducer::state_of(const exposition::Family& family, std::size_t hint) {
  if (hint < families_.size() && families_[hint]->name() == family.name) return families_[hint].get();
  for (const auto& state : families_) {
    if (state->name() == family.name) return state.get();
  }
  const bool taken = options_.metrics.takes(family.name);
  families_.push_back(std::make_unique<FamilyState>(family.name, family.kind, taken));
  return families_.back().get();
}

// The first multiple of the window's length that is later than `time`.
Timestamp Reducer::end_after(Timestamp time) const {
  const Timestamp length = options_.window_ms;
  return length == 0 ? time : (time / length + 1) * length;
}

std::optional<Window> Reducer::add(Timestamp time, std::span<const exposition::Family> families) {
  const bool clock_set_back = end_ > time + options_.window_ms;
  if (end_ == 0 || clock_set_back) end_ = end_after(time);
  const bool keep_values = options_.statistics.has(Statistic::kP95);
  for (std::size_t i = 0; i < families.size(); ++i) {
    FamilyState* const state = state_of(families[i], i);
    if (state->taken()) state->add(time, families[i].samples, keep_values);
  }
  last_tick_ = time;
  ++ticks_;
  if (time < end_ && ticks_ < kMostSamples) return std::nullopt;
  return finish();
}

std::optional<Window> Reducer::finish() {
  if (ticks_ == 0) return std::nullopt;
  Window window{last_tick_, {}};
  for (const auto& state : families_) {
    if (!state->taken()) continue;
    WindowFamily family = state->end_window(options_.statistics, last_tick_);
    if (!family.series.empty()) window.families.push_back(std::move(family));
  }
  end_ = end_after(last_tick_);
  ticks_ = 0;
  return window;
}

}  // namespace pmon
