// SPDX-License-Identifier: Apache-2.0
#include "notify/kafka.h"

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "notify/notification_json.h"

namespace pmon::notify {

namespace {

// Brokers and librdkafka refuse more than a megabyte (message.max.bytes) where nobody says otherwise.
constexpr std::size_t kMostBytes = 900'000;

// One record, or where that would be too large, one for each half of the alerts.
void append_records(const Notification& notification, const std::string& external_url, std::vector<std::string>& out) {
  std::string record = to_json(notification, external_url);
  const std::size_t alerts = notification.alerts.size();
  if (record.size() <= kMostBytes || alerts < 2) {
    out.push_back(std::move(record));
    return;
  }
  Notification half = notification;
  half.alerts.resize(alerts / 2);
  append_records(half, external_url, out);
  half.alerts.assign(notification.alerts.begin() + static_cast<std::ptrdiff_t>(alerts / 2), notification.alerts.end());
  append_records(half, external_url, out);
}

}  // namespace

Result<std::unique_ptr<Notifier>> KafkaNotifier::open(KafkaAlertOptions options, const Surroundings& surroundings) {
  if (options.kafka.key.empty()) options.kafka.key = surroundings.host;
  auto producer = delivery::KafkaProducer::open(options.kafka);
  if (!producer) return std::unexpected(producer.error());
  return std::unique_ptr<Notifier>(
      new KafkaNotifier(std::move(*producer), std::move(options.topic), surroundings.external_url));
}

KafkaNotifier::KafkaNotifier(std::unique_ptr<delivery::KafkaProducer> producer, std::string topic,
                             std::string external_url)
    : producer_(std::move(producer)), topic_(std::move(topic)), external_url_(std::move(external_url)) {}

delivery::Outcome KafkaNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  std::vector<std::string> parts;
  append_records(notification, external_url_, parts);
  const std::vector<std::string_view> records(parts.begin(), parts.end());
  return producer_->send(topic_, records, deadline);
}

MakeNotifier read_kafka(SectionReader& section, const YAML::Node& node) {
  constexpr std::array<std::string_view, 4> kKeys = {"brokers", "topic", "key", "properties"};
  KafkaAlertOptions options;
  config::YamlReader& yaml = section.yaml();
  section.keys(node, kKeys, [&](const std::string& key, const YAML::Node& value) {
    if (key == "brokers") options.kafka.brokers = yaml.expanded(value, key);
    if (key == "topic") options.topic = yaml.expanded(value, key);
    if (key == "key") options.kafka.key = yaml.expanded(value, key);
    if (key != "properties") return;
    yaml.each_key(value, {}, "'properties'", [&](const std::string& name, const YAML::Node& text) {
      options.kafka.properties[name] = yaml.secret(text, name);
    });
  });
  section.need_one_of(node, {"brokers"});
  section.need_one_of(node, {"topic"});
  return [options](const Surroundings& surroundings) { return KafkaNotifier::open(options, surroundings); };
}

}  // namespace pmon::notify
