// SPDX-License-Identifier: Apache-2.0
#include "delivery/kafka_destination.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../fixtures/mock_kafka.h"
#include "delivery/interruption.h"

namespace pmon::delivery {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using fixtures::MockCluster;

constexpr const char* kTopic = MockCluster::kTopic;

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

TEST(Kafka, ItEndsWithTheQueue) {
  MockCluster cluster;
  const auto producer = open(cluster);
  ASSERT_EQ(send(*producer, {"one"}).kind, Outcome::Kind::kDelivered);
  cluster.set_down(true);
  Interruption interruption;
  const Interruption::Scope scope(interruption);
  const auto begin = Clock::now();
  interruption.at(begin + 300ms);
  const Outcome away = send(*producer, {"two"}, 60s);
  EXPECT_EQ(away.kind, Outcome::Kind::kRetry);
  EXPECT_LT(Clock::now() - begin, 10s);
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
