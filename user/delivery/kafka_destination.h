// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "config/secret.h"
#include "delivery/destination.h"
#include "pmon/result.h"

namespace pmon::delivery {

struct KafkaOptions {
  std::string brokers;  // "a:9092,b:9092"
  std::string key;      // of every record, so that the records of a host keep their order; empty: none
  // librdkafka's own settings, "security.protocol" and the like; their values get into no message.
  std::map<std::string, config::Secret> properties;
};

// An idempotent producer of librdkafka. One thread at a time uses it; it has threads of its own, which end with it.
class KafkaProducer {
 public:
  // Needs no broker to be there. Errors (kUsage): a setting that librdkafka does not know or take, by its name.
  [[nodiscard]] static Result<std::unique_ptr<KafkaProducer>> open(const KafkaOptions& options);
  ~KafkaProducer();
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;

  // Delivered once every record's delivery report says so. What is sent again after a retry may be there twice: the
  // producer is idempotent within one attempt, and the record of an attempt that timed out may have arrived.
  [[nodiscard]] Outcome send(const std::string& topic, std::span<const std::string_view> records, Deadline deadline);

 private:
  struct State;
  explicit KafkaProducer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Each item is one record of one topic.
class KafkaDestination : public Destination {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Destination>> open(const KafkaOptions& options, std::string topic);
  [[nodiscard]] Outcome send(const Item& item, Deadline deadline) override;

 private:
  KafkaDestination(std::unique_ptr<KafkaProducer> producer, std::string topic);
  std::unique_ptr<KafkaProducer> producer_;
  std::string topic_;
};

}  // namespace pmon::delivery
