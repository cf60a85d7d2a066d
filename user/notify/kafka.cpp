// SPDX-License-Identifier: Apache-2.0
#include "notify/kafka.h"

#include <array>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "notify/notification_json.h"

namespace pmon::notify {

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
  const std::string record = to_json(notification, external_url_);
  const std::string_view records[] = {record};
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
