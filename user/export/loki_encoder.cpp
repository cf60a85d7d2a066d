// SPDX-License-Identifier: Apache-2.0
#include "export/loki_encoder.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "delivery/loki_body.h"

namespace pmon {

Encoded LokiEncoder::events(std::span<const EventLine> events) const {
  Encoded encoded;
  while (!events.empty()) {
    const auto some = events.first(std::min(events.size(), kMostLines));
    std::vector<delivery::LokiEntry> entries;
    entries.reserve(some.size());
    for (const EventLine& event : some) {
      Labels stream = labels_;
      stream.set("type", kEventWords[static_cast<std::size_t>(event.kind)]);
      stream.set("severity", event.severity);
      stream.set("alertname", event.alertname);
      entries.push_back({std::move(stream), event.time, event.json});
    }
    encoded.items.push_back({delivery::loki_body(std::move(entries)) + "\n", static_cast<std::uint32_t>(some.size())});
    events = events.subspan(some.size());
  }
  return encoded;
}

}  // namespace pmon
