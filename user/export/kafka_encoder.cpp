// SPDX-License-Identifier: Apache-2.0
#include "export/kafka_encoder.h"

#include <algorithm>

namespace pmon {

namespace {

Encoded addressed(Encoded encoded, const std::string& topic) {
  for (delivery::Item& item : encoded.items) item.body.insert(0, topic + '\n');
  return encoded;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

Encoded KafkaEncoder::window(const Window& window) const { return addressed(report_lines(window, reports_), topic_); }

Encoded KafkaEncoder::events(std::span<const EventLine> events) const {
  Batches batches(reports_.most_lines);
  for (const EventLine& event : events) batches.add(event.json);
  return addressed(std::move(batches).take(), events_topic_);
}

KafkaRecords kafka_records(std::string_view body) {
  KafkaRecords out{take_line(body), {}};
  while (!body.empty()) out.records.push_back(take_line(body));
  return out;
}

}  // namespace pmon
