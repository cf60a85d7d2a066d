// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "delivery/kafka_destination.h"
#include "notify/notifier.h"
#include "notify/section_reader.h"

namespace pmon::notify {

struct KafkaAlertOptions {
  delivery::KafkaOptions kafka;  // without a key of its own its records have the host's name
  std::string topic;
};

// One record of JSON for each notification, as the webhook's body with what only pmon knows; several where it would be
// larger than brokers take, each with its share of the alerts.
class KafkaNotifier : public Notifier {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Notifier>> open(KafkaAlertOptions options,
                                                              const Surroundings& surroundings);

  [[nodiscard]] std::string_view kind() const override { return "kafka"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  KafkaNotifier(std::unique_ptr<delivery::KafkaProducer> producer, std::string topic, std::string external_url);

  std::unique_ptr<delivery::KafkaProducer> producer_;
  std::string topic_;
  std::string external_url_;
};

[[nodiscard]] MakeNotifier read_kafka(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
