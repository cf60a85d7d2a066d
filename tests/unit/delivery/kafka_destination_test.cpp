// SPDX-License-Identifier: Apache-2.0
// Against librdkafka's own mock cluster: brokers of its protocol in this process.
#include "delivery/kafka_destination.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon::delivery {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kTopic = "reports";

class MockCluster {
 public:
  MockCluster() {
    std::array<char, 256> why{};
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why.data(), why.size());
    cluster_ = rd_kafka_mock_cluster_new(owner_, 3);
    EXPECT_EQ(rd_kafka_mock_topic_create(cluster_, kTopic, 1, 3), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(owner_);
  }

  std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  void fail_next_produce(rd_kafka_resp_err_t error) { rd_kafka_mock_push_request_errors(cluster_, 0, 1, error); }
  void set_down(bool down) {
    for (int broker = 1; broker <= 3; ++broker) {
      (void)(down ? rd_kafka_mock_broker_set_down(cluster_, broker) : rd_kafka_mock_broker_set_up(cluster_, broker));
    }
  }

  // "key:value" of the first `count` records, or of what is there within ten seconds.
  std::vector<std::string> read(std::size_t count) const {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    std::array<char, 256> why{};
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"bootstrap.servers", brokers()},
                                      {"group.id", "test"},
                                      {"auto.offset.reset", "earliest"}}) {
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size());
    }
    rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size());
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t* partitions = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(partitions, kTopic, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, partitions);
    std::vector<std::string> out;
    const Deadline deadline = Clock::now() + 10s;
    while (out.size() < count && Clock::now() < deadline) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        out.push_back(std::string(static_cast<const char*>(message->key), message->key_len) + ":" +
                      std::string(static_cast<const char*>(message->payload), message->len));
      }
      rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(partitions);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return out;
  }

 private:
  rd_kafka_t* owner_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

std::unique_ptr<KafkaProducer> open(const MockCluster& cluster) {
  auto producer = KafkaProducer::open({cluster.brokers(), "db1", {}});
  EXPECT_TRUE(producer.has_value());
  return std::move(*producer);
}

Outcome send(KafkaProducer& producer, std::vector<std::string_view> records, std::chrono::milliseconds patience = 10s) {
  return producer.send(kTopic, records, Clock::now() + patience);
}

TEST(Kafka, RecordsArriveInTheirOrderWithTheirKey) {
  const MockCluster cluster;
  const auto producer = open(cluster);
  const Outcome first = send(*producer, {"one", "two"});
  EXPECT_EQ(first.kind, Outcome::Kind::kDelivered) << first.what;
  EXPECT_EQ(send(*producer, {"three"}).kind, Outcome::Kind::kDelivered);
  EXPECT_THAT(cluster.read(3), ElementsAre("db1:one", "db1:two", "db1:three"));
}

TEST(Kafka, ADestinationSendsItemsAsRecords) {
  const MockCluster cluster;
  auto destination = KafkaDestination::open({cluster.brokers(), "", {}}, kTopic);
  ASSERT_TRUE(destination.has_value());
  EXPECT_EQ((*destination)->send({"{\"a\":\n1}"}, Clock::now() + 10s).kind, Outcome::Kind::kDelivered);
  EXPECT_THAT(cluster.read(1), ElementsAre(":{\"a\":\n1}"));
}

TEST(Kafka, ABrokerThatFailsOnceIsAskedAgainByTheClientItself) {
  MockCluster cluster;
  const auto producer = open(cluster);
  ASSERT_EQ(send(*producer, {"one"}).kind, Outcome::Kind::kDelivered);
  cluster.fail_next_produce(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  EXPECT_EQ(send(*producer, {"two"}).kind, Outcome::Kind::kDelivered);
  EXPECT_THAT(cluster.read(2), ElementsAre("db1:one", "db1:two"));
}

TEST(Kafka, WhatTheBrokerRefusesIsFinal) {
  MockCluster cluster;
  const auto producer = open(cluster);
  ASSERT_EQ(send(*producer, {"one"}).kind, Outcome::Kind::kDelivered);
  cluster.fail_next_produce(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const Outcome refused = send(*producer, {"two"});
  EXPECT_EQ(refused.kind, Outcome::Kind::kRejected) << refused.what;
  EXPECT_THAT(refused.what, AllOf(HasSubstr("Kafka topic 'reports'"), HasSubstr("authorization")));
  const Outcome later = send(*producer, {"three"});
  EXPECT_EQ(later.kind, Outcome::Kind::kDelivered) << later.what;
}

TEST(Kafka, ARecordThatIsTooLargeIsFinal) {
  const MockCluster cluster;
  const auto producer = open(cluster);
  const std::string large(2 << 20, 'x');
  EXPECT_EQ(send(*producer, {large}).kind, Outcome::Kind::kRejected);
}

TEST(Kafka, WithoutBrokersItGivesUpInTime) {
  MockCluster cluster;
  const auto producer = open(cluster);
  ASSERT_EQ(send(*producer, {"one"}).kind, Outcome::Kind::kDelivered);
  cluster.set_down(true);
  const auto begin = Clock::now();
  const Outcome away = send(*producer, {"two"}, 1s);
  EXPECT_EQ(away.kind, Outcome::Kind::kRetry);
  EXPECT_THAT(away.what, HasSubstr("Kafka topic 'reports'"));
  EXPECT_LT(Clock::now() - begin, 5s);
  cluster.set_down(false);
  const Outcome back = send(*producer, {"two"}, 30s);
  EXPECT_EQ(back.kind, Outcome::Kind::kDelivered) << back.what;
}

TEST(Kafka, ABrokerThatNeverWasThereIsNamed) {
  auto producer = KafkaProducer::open({"127.0.0.1:1", "", {}});
  ASSERT_TRUE(producer.has_value()) << "it may come later";
  const Outcome outcome = send(**producer, {"x"}, 1s);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kRetry);
  EXPECT_THAT(outcome.what, HasSubstr("127.0.0.1:1"));
}

TEST(Kafka, SettingsAreCheckedAndTheirValuesNotShown) {
  const auto error = [](const std::string& name, const std::string& value) {
    const auto producer = KafkaProducer::open({"a:1", "", {{name, config::Secret(value)}}});
    EXPECT_FALSE(producer.has_value());
    return producer ? "" : producer.error().text();
  };
  EXPECT_THAT(error("no.such.thing", "hunter2"),
              AllOf(HasSubstr("no setting 'no.such.thing'"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(error("security.protocol", "hunter2"),
              AllOf(HasSubstr("'security.protocol' is not valid"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(error("acks", "1"), HasSubstr("idempot")) << "what the settings say together is checked, too";
}

}  // namespace
}  // namespace pmon::delivery
