// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "monitor/ended_pids.h"
#include "pmon/labels.h"
#include "pmon/metrics.h"
#include "pmon/snapshot.h"
#include "series/series_store.h"

namespace pmon::monitor {

// The labels of a process's series: pid and comm.
[[nodiscard]] Labels process_labels(const ProcessSample& process);
// The pid that labels name; nothing where they name no process.
[[nodiscard]] std::optional<std::int32_t> pid_of(const Labels& labels);

// Writes one tick's processes into the series store, only the metrics that rules read. Owns the
// store's references for them. One thread.
class SeriesFeed {
 public:
  // The per-process metrics that are worth storing.
  explicit SeriesFeed(std::bitset<kMetricCount> wanted) : wanted_(wanted) {}
  [[nodiscard]] static std::bitset<kMetricCount> all_metrics() { return std::bitset<kMetricCount>().set(); }

  // Samples of the processes chosen, at the store's current tick. An ended process gets its last
  // samples now and is stale from the next tick on; one that was born and ended since the last tick
  // has no series of its own, unless the kernel killed it for memory.
  void feed(SeriesStore& store, std::span<const ProcessSample* const> chosen);

  // A series that is no process's: appended at the current tick, opened when new. A counter that is
  // new after the first tick was 0 before. One that is not put at a tick ends at the next feed().
  void put(SeriesStore& store, const std::string& name, const Labels& labels, double value, MetricKind kind);

  // Stores other metrics from the next feed() on; those no longer wanted end.
  void want(std::bitset<kMetricCount> wanted);

  // Which process labels speak of: its identity as one number, 0 where they name none that was fed, absent for one
  // that has ended before this tick. See alerts::ProcessOf.
  [[nodiscard]] std::optional<std::uint64_t> process_of(const Labels& labels) const;

 private:
  struct Entry {
    std::string comm;  // as the labels of the open series have it
    std::array<SeriesStore::Ref, kMetricCount> refs;
    std::bitset<kMetricCount> open;
    std::uint64_t seen = 0;  // tick
  };
  struct Other {
    SeriesStore::Ref ref = 0;
    std::uint64_t seen = 0;
  };
  [[nodiscard]] Entry* entry_of(SeriesStore& store, const ProcessSample& process, bool& is_new);
  void append(SeriesStore& store, Entry& entry, const ProcessSample& process, bool born);
  void drop_unseen(SeriesStore& store);
  static void release(SeriesStore& store, Entry& entry);

  std::bitset<kMetricCount> wanted_;
  std::unordered_map<ProcessKey, Entry, ProcessKeyHash> entries_;
  std::unordered_map<std::string, Other> others_;           // by name and labels
  std::unordered_map<std::int32_t, std::uint64_t> living_;  // start_ticks by pid
  // Whose samples may still be within a range: more processes than this hardly end within one.
  EndedPids ended_{100'000};
  std::uint64_t tick_ = 0;
};

}  // namespace pmon::monitor
