// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collect/collector.h"
#include "pmon/snapshot.h"
#include "recording/wire.h"

namespace pmon::recording {

// Whether a tick's times are within the years 1970 to 9999.
[[nodiscard]] bool is_possible(const Tick& tick);

// How the processes of a tick follow from those that lived at the tick before: a list of these, in the order in which
// the collector named them. Collectors keep to an order, so most ticks are a few runs of kSame.
enum class ProcessOp : std::uint8_t {
  kEnd = 0,
  kSame = 1,     // count: the next ones, as they were
  kChanged = 2,  // fields: the next one
  kSkip = 3,     // count: the next ones are not here; where they are, kAt says so
  kAt = 4,       // index, fields: one out of order
  kNew = 5,      // pid, start, fields: one that was not there
};

// Turns snapshots into the payloads of key and delta frames. One thread.
class SnapshotEncoder {
 public:
  // Appends to `out`. With `key` the payload needs none before it; the first must be such.
  void encode(const Tick& tick, const Snapshot& snapshot, bool key, std::string& out);

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  void encode_processes(const Snapshot& snapshot, WireWriter& out);
  void flush_same(WireWriter& out);
  [[nodiscard]] std::size_t find(const ProcessKey& key);
  void encode_one(const ProcessSample& process, WireWriter& out);
  void encode_losses(const std::vector<Loss>& losses, bool key, WireWriter& out);

  Tick tick_;                          // of the snapshot before
  std::vector<ProcessSample> living_;  // of the snapshot before, in its order
  std::vector<Loss> losses_;

  // While one snapshot is encoded.
  std::vector<bool> taken_;                                                // of living_
  std::unordered_map<ProcessKey, std::size_t, ProcessKeyHash> positions_;  // in living_; filled when first needed
  std::size_t cursor_ = 0;
  std::uint64_t same_ = 0;  // not yet written
};

// The way back. Whatever the bytes are, it ends with a snapshot or a message. One thread.
class SnapshotDecoder {
 public:
  // columns: what each bit of a mask means here; absent where this program knows no such metric.
  explicit SnapshotDecoder(std::vector<std::optional<Metric>> columns) : columns_(std::move(columns)) {}

  // What is wrong with the payload; "" where nothing is.
  [[nodiscard]] std::string decode(std::string_view payload, bool key, Tick& tick, Snapshot& out);

 private:
  [[nodiscard]] bool decode_tick(WireReader& in, Tick& tick);
  void decode_processes(WireReader& in, Snapshot& out);
  void append_same(std::uint64_t count, WireReader& in, Snapshot& out);
  void skip_taken();
  void decode_fields(WireReader& in, ProcessSample& process) const;
  void decode_metrics(WireReader& in, bool presence, MetricValues& values) const;
  void decode_losses(WireReader& in, Snapshot& out);

  std::vector<std::optional<Metric>> columns_;
  bool begun_ = false;
  Tick tick_;
  std::vector<ProcessSample> living_;
  std::vector<bool> taken_;
  std::size_t cursor_ = 0;
  std::vector<Loss> losses_;
};

// Which fields of a process follow, in this order; the others are as before (or 0, of a new one).
enum ProcessField : std::uint64_t {
  kParent = 1,
  kUid = 2,
  kCgroup = 4,
  kExecCount = 8,
  kSlot = 16,
  kComm = 32,
  kBorn = 64,       // the flag alone; not kept for the next tick
  kExit = 128,      // the process is not kept for the next tick
  kPresence = 256,  // mask of the metrics that it has
  kValues = 512,    // mask of the metrics whose values follow
  kAllFields = 1023,
};

}  // namespace pmon::recording
