// SPDX-License-Identifier: Apache-2.0
#include "delivery/loki_body.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace pmon::delivery {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

Json stream_of(const Labels& labels) {
  Json out = Json::object();
  for (const auto& [name, value] : labels) out[name] = value;
  return out;
}

}  // namespace

std::string loki_body(std::vector<LokiEntry> entries) {
  std::ranges::stable_sort(entries, [](const LokiEntry& a, const LokiEntry& b) {
    return std::tie(a.stream, a.time) < std::tie(b.stream, b.time);
  });
  Json streams = Json::array();
  std::int64_t last = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const LokiEntry& entry = entries[i];
    std::int64_t nanoseconds = entry.time * kNanosecondsPerMillisecond;
    if (i == 0 || entries[i - 1].stream != entry.stream) {
      streams.push_back({{"stream", stream_of(entry.stream)}, {"values", Json::array()}});
    } else {
      nanoseconds = std::max(nanoseconds, last + 1);
    }
    last = nanoseconds;
    streams.back()["values"].push_back({std::to_string(nanoseconds), entry.line});
  }
  const Json body{{"streams", std::move(streams)}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pmon::delivery
