// SPDX-License-Identifier: Apache-2.0
#include "monitor/series_feed.h"

#include <utility>

#include "export/utf8.h"

namespace pmon::monitor {

namespace {

struct SeriesName {
  std::string name;
  std::string label_key;
  std::string label_value;
};

const std::array<SeriesName, kMetricCount>& series_names() {
  static const std::array<SeriesName, kMetricCount> names = [] {
    std::array<SeriesName, kMetricCount> table;
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      const MetricInfo& row = metric_table()[i];
      table[i] = {"pmon_process_" + std::string(row.name), std::string(row.label_key), std::string(row.label_value)};
    }
    return table;
  }();
  return names;
}

bool is_counter(std::size_t metric) { return metric_table()[metric].kind == MetricKind::kCounter; }

}  // namespace

Labels process_labels(const ProcessSample& process) {
  return {{"pid", std::to_string(process.key.pid)}, {"comm", valid_utf8(process.comm)}};
}

void SeriesFeed::release(SeriesStore& store, Entry& entry) {
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (entry.open.test(i)) store.release(entry.refs[i]);
  }
  entry.open.reset();
}

void SeriesFeed::append(SeriesStore& store, Entry& entry, const ProcessSample& process, bool born) {
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto metric = static_cast<Metric>(i);
    if (!wanted_.test(i) || !process.metrics.has(metric)) continue;
    if (!entry.open.test(i)) {
      const SeriesName& series = series_names()[i];
      Labels labels = entry.labels;
      if (!series.label_key.empty()) labels.set(series.label_key, series.label_value);
      entry.refs[i] = store.open(series.name, labels);
      entry.open.set(i);
      if (born && is_counter(i)) store.append_zero_before(entry.refs[i]);
    }
    store.append(entry.refs[i], process.metrics.at(metric));
  }
}

void SeriesFeed::feed(SeriesStore& store, std::span<const ProcessSample* const> chosen) {
  ++tick_;
  gone_.clear();
  for (const ProcessSample* process : chosen) {
    auto found = entries_.find(process->key);
    const bool is_new = found == entries_.end();
    if (is_new) {
      const bool passed_by = process->born && process->exit && !process->metrics.has(Metric::kOOM_KILLS);
      if (passed_by) continue;
      found = entries_.emplace(process->key, Entry{process_labels(*process), {}, {}, 0, false}).first;
    } else if (found->second.labels.get("comm") != process->comm) {
      // An exec or a rename: other labels are other series.
      Labels renamed = process_labels(*process);
      if (renamed != found->second.labels) {
        release(store, found->second);
        gone_.push_back(std::exchange(found->second.labels, std::move(renamed)));
      }
    }
    Entry& entry = found->second;
    entry.seen = tick_;
    append(store, entry, *process, is_new && process->born);
    entry.ended = process->exit.has_value();
  }
  drop_unseen(store);
}

void SeriesFeed::drop_unseen(SeriesStore& store) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.seen == tick_) {
      ++entry;
      continue;
    }
    release(store, entry->second);
    gone_.push_back(std::move(entry->second.labels));
    entry = entries_.erase(entry);
  }
}

void SeriesFeed::put(SeriesStore& store, const std::string& name, const Labels& labels, double value,
                     MetricKind kind) {
  const auto [found, is_new] = others_.try_emplace(name + labels.text());
  if (is_new) {
    found->second = store.open(name, labels);
    if (kind == MetricKind::kCounter && tick_ > 1) store.append_zero_before(found->second);
  }
  store.append(found->second, value);
}

}  // namespace pmon::monitor
