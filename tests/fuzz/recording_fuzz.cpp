// SPDX-License-Identifier: Apache-2.0
// A whole file, or past its checksums the payloads of its ticks: the first byte says which. What is read must be
// written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "recording/recording_reader.h"
#include "recording/snapshot_codec.h"

namespace {

using namespace pmon;
using namespace pmon::recording;

void read_file(std::string_view bytes) {
  auto reader = RecordingReader::open(std::make_unique<MemorySource>(bytes));
  RecordedTick tick;
  while (reader && reader->next(tick).value_or(false)) {
  }
}

std::vector<std::optional<Metric>> all_metrics() {
  std::vector<std::optional<Metric>> metrics;
  for (const MetricInfo& row : metric_table()) metrics.emplace_back(row.metric);
  return metrics;
}

// Payloads, each behind two bytes of its length; the first is a key frame's.
void read_payloads(std::string_view bytes) {
  SnapshotDecoder decoder(all_metrics());
  SnapshotDecoder again(all_metrics());
  SnapshotEncoder encoder;
  Tick tick;
  Snapshot snapshot;
  for (bool key = true; bytes.size() >= 2; key = false) {
    const std::size_t size = static_cast<std::uint8_t>(bytes[0]) | static_cast<std::uint8_t>(bytes[1]) << 8;
    bytes.remove_prefix(2);
    const std::string_view payload = bytes.substr(0, size);
    bytes.remove_prefix(payload.size());
    if (!decoder.decode(payload, key, tick, snapshot).empty()) return;
    std::string copy;
    encoder.encode(tick, snapshot, key, copy);
    const std::size_t processes = snapshot.processes.size();
    if (!again.decode(copy, key, tick, snapshot).empty() || snapshot.processes.size() != processes) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'f') {
    read_file(bytes);
  } else {
    read_payloads(bytes);
  }
  return 0;
}
