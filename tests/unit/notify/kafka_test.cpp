// SPDX-License-Identifier: Apache-2.0
#include "notify/kafka.h"

#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../../fixtures/mock_kafka.h"
#include "delivery/queue.h"
#include "notify/notification_json.h"
#include "notify/notifier_destination.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using fixtures::MockCluster;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = delivery::Outcome::Kind;

std::unique_ptr<Notifier> open(const MockCluster& cluster) {
  KafkaAlertOptions options;
  options.kafka.brokers = cluster.brokers();
  options.kafka.properties["reconnect.backoff.max.ms"] = config::Secret("100");
  options.topic = MockCluster::kTopic;
  auto notifier = KafkaNotifier::open(std::move(options), test::surroundings());
  EXPECT_TRUE(notifier.has_value()) << notifier.error().text();
  return std::move(*notifier);
}

delivery::Deadline soon() { return delivery::Clock::now() + seconds(20); }

// A record's JSON, behind the key that all records here have.
json value_of(const std::string& record) {
  EXPECT_TRUE(record.starts_with("web1:")) << record.substr(0, 100);
  return json::parse(record.substr(record.find(':') + 1));
}

TEST(KafkaNotifier, ANotificationIsARecordWithTheHostAsItsKey) {
  const MockCluster cluster;
  const auto notifier = open(cluster);
  const delivery::Outcome outcome = notifier->notify(test::sample(), soon());
  ASSERT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  const auto records = cluster.read(1);
  ASSERT_EQ(records.size(), 1U);
  const json value = value_of(records[0]);
  EXPECT_EQ(value.at("receiver"), "team");
  ASSERT_EQ(value.at("alerts").size(), 3U);
  EXPECT_EQ(value.at("alerts")[0].at("status"), "resolved");
  EXPECT_EQ(value.at("externalURL"), "http://web1:9777");
}

// A broker takes a megabyte unless it is told otherwise.
TEST(KafkaNotifier, MoreThanARecordHoldsGoesInSeveral) {
  const MockCluster cluster;
  const auto notifier = open(cluster);
  constexpr int kAlerts = 5000;
  constexpr std::size_t kMost = 900'000;
  const Notification many = test::many(kAlerts);
  std::size_t expected = 1;
  for (std::size_t size = to_json(many, "").size(); size / expected > kMost;) expected *= 2;
  ASSERT_GE(expected, 2U);
  const delivery::Outcome outcome = notifier->notify(many, soon());
  ASSERT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  std::set<std::string> pids;
  std::size_t records = 0;
  for (const std::string& record : cluster.read(expected)) {
    ++records;
    const json value = value_of(record);
    EXPECT_EQ(value.at("groupKey"), many.group_key) << "each is whole";
    for (const json& alert : value.at("alerts")) pids.insert(alert.at("labels").at("pid"));
  }
  EXPECT_EQ(pids.size(), static_cast<std::size_t>(kAlerts));
  EXPECT_EQ(records, expected);
}

TEST(KafkaNotifier, WhatABrokerRefusesIsFinalAndIsCounted) {
  MockCluster cluster;
  delivery::QueueOptions options;
  options.name = "team/kafka";
  auto queue = delivery::Queue::start(std::make_unique<NotifierDestination>(open(cluster)), options);
  ASSERT_TRUE(queue);
  const auto settled = [&](std::uint64_t pushed) {
    const auto end = delivery::Clock::now() + seconds(20);
    while ((*queue)->status().length != 0 && delivery::Clock::now() < end) std::this_thread::sleep_for(milliseconds(5));
    return (*queue)->status().pushed == pushed && (*queue)->status().length == 0;
  };
  (*queue)->push(to_item(test::sample()));
  ASSERT_TRUE(settled(1));
  cluster.fail_next_produce(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  (*queue)->push(to_item(test::many(2)));
  ASSERT_TRUE(settled(2));
  (*queue)->push(to_item(test::many(3)));
  ASSERT_TRUE(settled(3));
  const delivery::QueueStatus status = (*queue)->status();
  EXPECT_EQ(status.sent, 2U) << status.last_error;
  EXPECT_EQ(status.dropped, (std::map<std::string, std::uint64_t>{{"rejected", 1}}));
  EXPECT_EQ(cluster.read(2).size(), 2U);
}

TEST(KafkaNotifier, BrokersThatAreAwayAndComeBackGetEverything) {
  MockCluster cluster;
  delivery::QueueOptions options;
  options.name = "team/kafka";
  options.timeout = milliseconds(500);
  options.first_delay = options.longest_delay = options.open_for = milliseconds(50);
  auto queue = delivery::Queue::start(std::make_unique<NotifierDestination>(open(cluster)), options);
  ASSERT_TRUE(queue);
  const auto wait_until = [&](const auto& holds) {
    const auto end = delivery::Clock::now() + seconds(20);
    while (!holds((*queue)->status()) && delivery::Clock::now() < end) std::this_thread::sleep_for(milliseconds(5));
    return holds((*queue)->status());
  };
  (*queue)->push(to_item(test::many(1)));
  ASSERT_TRUE(wait_until([](const auto& status) { return status.sent == 1; }));
  cluster.set_down(true);
  for (const int alerts : {2, 3, 4}) (*queue)->push(to_item(test::many(alerts)));
  ASSERT_TRUE(wait_until([](const auto& status) { return status.failing_since.has_value(); }));
  EXPECT_EQ((*queue)->status().length, 3U);
  cluster.set_down(false);
  ASSERT_TRUE(wait_until([](const auto& status) { return status.sent == 4; })) << (*queue)->status().last_error;
  EXPECT_TRUE((*queue)->status().dropped.empty());
  std::set<std::size_t> sizes;  // one that timed out may have arrived all the same, and be there twice
  for (const std::string& record : cluster.read(4)) sizes.insert(value_of(record).at("alerts").size());
  EXPECT_EQ(sizes, (std::set<std::size_t>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace pmon::notify
