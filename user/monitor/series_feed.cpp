// SPDX-License-Identifier: Apache-2.0
#include "monitor/series_feed.h"

#include <charconv>
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

std::optional<std::int32_t> pid_of(const Labels& labels) {
  const std::string_view text = labels.get("pid");
  std::int32_t pid = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return pid;
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
    // Of one that has ended the counters have their last word; a level that nobody holds any more is none.
    const bool over = process.exit && !is_counter(i);
    if (over || !wanted_.test(i) || !process.metrics.has(metric)) {
      if (entry.open.test(i)) {
        store.release(entry.refs[i]);
        entry.open.reset(i);
      }
      continue;
    }
    if (!entry.open.test(i)) {
      const SeriesName& series = series_names()[i];
      Labels labels = process_labels(process);
      if (!series.label_key.empty()) labels.set(series.label_key, series.label_value);
      entry.refs[i] = store.open(series.name, labels);
      entry.open.set(i);
      if (born && is_counter(i)) store.append_zero_before(entry.refs[i]);
    }
    store.append(entry.refs[i], process.metrics.at(metric));
  }
}

// Null where the process gets no series.
SeriesFeed::Entry* SeriesFeed::entry_of(SeriesStore& store, const ProcessSample& process, bool& is_new) {
  auto found = entries_.find(process.key);
  is_new = found == entries_.end();
  if (is_new) {
    const bool passed_by = process.born && process.exit && !process.metrics.has(Metric::kOOM_KILLS);
    if (passed_by) return nullptr;
    const auto [living, is_first] = living_.try_emplace(process.key.pid, process.key.start_ticks);
    if (is_first) {
      found = entries_.emplace(process.key, Entry{process.comm, {}, {}, 0}).first;
    } else if (living->second < process.key.start_ticks) {
      // The pid was used before: where the labels are the same, so are the series, and they go on.
      auto heir = entries_.extract({process.key.pid, living->second});
      heir.key() = process.key;
      found = entries_.insert(std::move(heir)).position;
      living->second = process.key.start_ticks;
    } else {
      return nullptr;  // the end of one whose pid has an heir already
    }
  }
  Entry& entry = found->second;
  if (entry.comm == process.comm) return &entry;
  // An exec or a rename: other labels are other series.
  if (valid_utf8(entry.comm) != valid_utf8(process.comm)) release(store, entry);
  entry.comm = process.comm;
  return &entry;
}

void SeriesFeed::feed(SeriesStore& store, std::span<const ProcessSample* const> chosen) {
  std::erase_if(others_, [&](const auto& other) {
    if (other.second.seen == tick_) return false;
    store.release(other.second.ref);
    return true;
  });
  ++tick_;
  for (const ProcessSample* process : chosen) {
    bool is_new = false;
    Entry* entry = entry_of(store, *process, is_new);
    if (entry == nullptr) continue;
    entry->seen = tick_;
    append(store, *entry, *process, is_new && process->born);
  }
  drop_unseen(store);
}

void SeriesFeed::want(std::bitset<kMetricCount> wanted) { wanted_ = wanted; }

std::optional<std::uint64_t> SeriesFeed::process_of(const Labels& labels) const {
  const std::optional<std::int32_t> pid = pid_of(labels);
  if (!pid) return 0;
  const auto found = living_.find(*pid);
  if (found == living_.end()) return ended_.contains(*pid) ? std::nullopt : std::optional<std::uint64_t>(0);
  return found->second + 1;  // 0 is no process
}

void SeriesFeed::drop_unseen(SeriesStore& store) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.seen == tick_) {
      ++entry;
      continue;
    }
    release(store, entry->second);
    if (const auto living = living_.find(entry->first.pid);
        living != living_.end() && living->second == entry->first.start_ticks) {
      ended_.add(living->first);
      living_.erase(living);
    }
    entry = entries_.erase(entry);
  }
}

void SeriesFeed::put(SeriesStore& store, const std::string& name, const Labels& labels, double value, MetricKind kind) {
  const auto [found, is_new] = others_.try_emplace(name + labels.text());
  if (is_new) {
    found->second.ref = store.open(name, labels);
    if (kind == MetricKind::kCounter && tick_ > 1) store.append_zero_before(found->second.ref);
  }
  found->second.seen = tick_;
  store.append(found->second.ref, value);
}

}  // namespace pmon::monitor
