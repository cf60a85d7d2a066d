// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "delivery/kafka_destination.h"
#include "export/exporters.h"
#include "export/kafka_encoder.h"

namespace pmon {

namespace {

constexpr std::size_t kLongestTopic = 249;  // Kafka's org.apache.kafka.common.internals.Topic

class RecordDestination : public delivery::Destination {
 public:
  explicit RecordDestination(std::unique_ptr<delivery::KafkaProducer> producer) : producer_(std::move(producer)) {}
  delivery::Outcome send(const delivery::Item& item, delivery::Deadline deadline) override {
    const KafkaRecords parts = kafka_records(item.body);
    return producer_->send(std::string(parts.topic), parts.records, deadline);
  }

 private:
  std::unique_ptr<delivery::KafkaProducer> producer_;
};

bool is_topic(std::string_view name) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  };
  return name.size() <= kLongestTopic && name != "." && name != ".." && std::ranges::all_of(name, fits);
}

}  // namespace

Settings KafkaConfig::settings() {
  Settings all = {
      {"brokers",
       [this](config::YamlReader& yaml, const YAML::Node& node) {
         brokers.clear();
         yaml.each_item(node, "brokers",
                        [&](const YAML::Node& item) { brokers.push_back(yaml.expanded(item, "brokers")); });
       }},
      text_setting("topic", topic),
      text_setting("events_topic", events_topic),
      events_setting(events),
      {"properties",
       [this](config::YamlReader& yaml, const YAML::Node& node) {
         yaml.each_key(node, {}, "'properties'", [&](const std::string& property, const YAML::Node& value) {
           properties[property] = yaml.secret(value, property);
         });
       }},
      labels_setting("tags", tags),
  };
  append(all, metrics.settings());
  append(all, queue.settings());
  return all;
}

std::string KafkaConfig::complaint() const {
  if (brokers.empty()) return "'brokers' is missing";
  for (const std::string& written : {topic, events_topic}) {
    if (!is_topic(written))
      return "'" + written + "' is no name of a topic (letters, digits, '.', '_' and '-', at most 249)";
  }
  if (topic.empty() && (events_topic.empty() || events.empty())) return "neither metrics nor events have a topic";
  return {};
}

Result<std::unique_ptr<Exporter>> KafkaConfig::start(const ExportSurroundings& surroundings) const {
  auto producer =
      delivery::KafkaProducer::open({fmt::format("{}", fmt::join(brokers, ",")), surroundings.host, properties});
  if (!producer) {
    producer.error().message.insert(0, "sink '" + name + "': ");
    return std::unexpected(producer.error());
  }
  auto queues = start_queues(*this, surroundings, std::make_unique<RecordDestination>(std::move(*producer)));
  if (!queues) return std::unexpected(queues.error());
  std::optional<ReducerOptions> reduced;
  if (!topic.empty()) reduced = metrics.reducer();
  auto encoder = std::make_unique<KafkaEncoder>(ReportOptions{surroundings.host, tags}, topic, events_topic);
  return std::make_unique<PushExporter>(PushExporter::Parts{std::move(reduced),
                                                            events_topic.empty() ? EventKinds() : events,
                                                            std::move(encoder), nullptr, std::move(queues->queue)});
}

}  // namespace pmon
