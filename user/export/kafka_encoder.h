// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "export/push_exporter.h"
#include "export/report.h"

namespace pmon {

// Reports and events as records. An item is the topic's name on the first line, and a record on each line after it.
class KafkaEncoder : public Encoder {
 public:
  KafkaEncoder(ReportOptions reports, std::string topic, std::string events_topic)
      : reports_(std::move(reports)), topic_(std::move(topic)), events_topic_(std::move(events_topic)) {}
  [[nodiscard]] Encoded window(const Window& window) const override;
  [[nodiscard]] Encoded events(std::span<const EventLine> events) const override;

 private:
  ReportOptions reports_;
  std::string topic_;
  std::string events_topic_;
};

// The parts of such an item.
struct KafkaRecords {
  std::string_view topic;
  std::vector<std::string_view> records;
};
[[nodiscard]] KafkaRecords kafka_records(std::string_view body);

}  // namespace pmon
