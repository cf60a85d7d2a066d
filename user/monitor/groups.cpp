// SPDX-License-Identifier: Apache-2.0
#include "monitor/groups.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

namespace pmon::monitor {

namespace {

// How long the counters of a process that was left out of an update are remembered.
constexpr std::uint32_t kRememberedTicks = 3;

std::vector<MetricInfo> summable(MetricKind kind) {
  std::vector<MetricInfo> rows;
  for (const MetricInfo& row : metric_table()) {
    if (row.kind == kind && is_summable(row.metric)) rows.push_back(row);
  }
  return rows;
}

const std::vector<MetricInfo>& counters() {
  static const std::vector<MetricInfo> rows = summable(MetricKind::kCounter);
  return rows;
}

const std::vector<MetricInfo>& gauges() {
  static const std::vector<MetricInfo> rows = summable(MetricKind::kGauge);
  return rows;
}

void add(MetricValues& totals, Metric metric, double value) {
  totals.set(metric, totals.get(metric).value_or(0) + value);
}

template <typename Pass>
MetricValues only(const MetricValues& values, Pass pass) {
  MetricValues result;
  for (const MetricInfo& row : metric_table()) {
    if (values.has(row.metric) && pass(row)) result.set(row.metric, values.at(row.metric));
  }
  return result;
}

bool is_counter(const MetricInfo& row) { return row.kind == MetricKind::kCounter; }

// May say "different" of equal values (what is absent may hold anything), never the other way round.
bool surely_equal(const MetricValues& a, const MetricValues& b) {
  static_assert(std::is_trivially_copyable_v<MetricValues>);
  return std::memcmp(&a, &b, sizeof a) == 0;  // NOLINT(bugprone-suspicious-memory-comparison): surely
}

}  // namespace

void Groups::update(std::span<const ProcessSample* const> processes) {
  ++updates_;
  table_.begin_tick();
  for (const ProcessSample* process : processes) {
    const auto [state, is_new] = table_.touch(process->key);
    if (state.ended) continue;
    if (is_new && !process->born && updates_ > 1) state.last = only(process->metrics, is_counter);
    if (!state.counted) {
      enter(state, group_of(process->comm));
    } else if (rows_[state.group].group != process->comm) {
      leave(state);
      enter(state, group_of(process->comm));
    }
    if (is_new && process->born) ++rows_[state.group].started;
    if (process->exit) {
      add_counters(process->metrics, state);
      leave(state);
      state.ended = true;
      count_exit(*process->exit, rows_[state.group]);
    } else if (!surely_equal(process->metrics, state.last)) {
      add_counters(process->metrics, state);
      replace_gauges(process->metrics, state);
    }
  }
  table_.for_each_absent([this](State& state) {
    if (state.counted) leave(state);
  });
  table_.forget_older_than(kRememberedTicks, [](const ProcessKey&, const State&) {});
  forget_idle();
}

Groups::GroupIndex Groups::group_of(const std::string& name) {
  const auto [found, is_new] = index_.try_emplace(name, static_cast<GroupIndex>(rows_.size()));
  if (is_new) {
    rows_.push_back({.group = name});
    extras_.emplace_back();
  }
  return found->second;
}

void Groups::enter(State& state, GroupIndex group) {
  state.group = group;
  state.counted = true;
  ++rows_[group].processes;
}

// Takes the process's gauges out of its group; its counters stay.
void Groups::leave(State& state) {
  replace_gauges(MetricValues{}, state);
  state.counted = false;
  if (--rows_[state.group].processes == 0) extras_[state.group].idle_since = updates_;
}

// A counter that is missing for a while, or seems to go back, counts on from its highest value.
void Groups::add_counters(const MetricValues& now, State& state) {
  MetricValues& totals = rows_[state.group].totals;
  for (const MetricInfo& counter : counters()) {
    if (!now.has(counter.metric)) continue;
    const double value = now.at(counter.metric);
    const double base = state.last.get(counter.metric).value_or(0);
    add(totals, counter.metric, std::max(0.0, value - base));
    state.last.set(counter.metric, std::max(value, base));
  }
}

void Groups::replace_gauges(const MetricValues& now, State& state) {
  MetricValues& totals = rows_[state.group].totals;
  Extra& extra = extras_[state.group];
  bool vanished = false;
  for (const MetricInfo& gauge : gauges()) {
    const auto before = state.last.get(gauge.metric);
    const auto value = now.get(gauge.metric);
    if (!before && !value) continue;
    std::uint32_t& owners = extra.gauges[static_cast<std::size_t>(gauge.metric)];
    if (before) --owners;
    if (value) ++owners;
    add(totals, gauge.metric, value.value_or(0) - before.value_or(0));
    vanished = vanished || owners == 0;
  }
  // A sum over nothing is missing, not 0.
  if (vanished) {
    totals = only(totals, [&extra](const MetricInfo& row) {
      return is_counter(row) || extra.gauges[static_cast<std::size_t>(row.metric)] > 0;
    });
  }
  MetricValues last = now;
  for (const MetricInfo& counter : counters()) {
    if (state.last.has(counter.metric)) last.set(counter.metric, state.last.at(counter.metric));
  }
  state.last = last;
}

void Groups::count_exit(const Exit& exit, GroupRow& row) {
  if (exit.code && exit.signal) ++row.exited[{*exit.code, *exit.signal}];
}

// Rows of living processes keep their order; what refers to a row by its index follows.
void Groups::forget_idle() {
  std::vector<GroupIndex> idle;
  for (GroupIndex i = 0; i < rows_.size(); ++i) {
    if (rows_[i].processes == 0) idle.push_back(i);
  }
  if (idle.size() <= max_idle_) return;
  std::ranges::stable_sort(idle, {}, [this](GroupIndex i) { return extras_[i].idle_since; });
  idle.resize(idle.size() - max_idle_);
  std::vector<bool> forgotten(rows_.size(), false);
  for (const GroupIndex i : idle) {
    forgotten[i] = true;
    index_.erase(rows_[i].group);
  }
  std::vector<GroupIndex> moved_to(rows_.size());
  GroupIndex kept = 0;
  for (GroupIndex i = 0; i < rows_.size(); ++i) {
    moved_to[i] = kept;
    if (forgotten[i]) continue;
    if (kept != i) {
      rows_[kept] = std::move(rows_[i]);
      extras_[kept] = extras_[i];
    }
    index_[rows_[kept].group] = kept;
    ++kept;
  }
  rows_.resize(kept);
  extras_.resize(kept);
  table_.for_each([&moved_to](State& state) {
    if (state.counted) state.group = moved_to[state.group];
  });
}

}  // namespace pmon::monitor
