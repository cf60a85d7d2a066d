// SPDX-License-Identifier: Apache-2.0
#include "notify/alertmanager.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "alerts/rfc3339.h"
#include "fake_server.h"
#include "notify/notification_json.h"
#include "notify/notifier_destination.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using delivery::Outcome;
using nlohmann::json;
using test::FakeAnswer;
using test::FakeRequest;
using test::FakeServer;
using Kind = Outcome::Kind;

// As the OpenAPI description of Alertmanager's API v2 demands it.
FakeAnswer fake_alertmanager(const FakeRequest& request) {
  if (request.method != "POST" || request.target != "/api/v2/alerts") return {404, "", ""};
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_array()) return {400, "not a list", ""};
  for (const json& alert : body) {
    if (!alert["labels"].is_object() || alert["labels"].empty()) return {422, "labels is required", ""};
    if (alert.contains("startsAt") && alert["startsAt"] > alert["endsAt"]) return {400, "end before start", ""};
  }
  return {200, "", ""};
}

class AlertmanagerTest : public ::testing::Test {
 protected:
  AlertmanagerNotifier notifier(std::vector<config::Secret> urls) {
    Surroundings around = test::surroundings();
    around.wall = [this] { return now_; };
    return {{std::move(urls), std::chrono::seconds(60), {}}, around};
  }
  static config::Secret url(const FakeServer& server) { return config::Secret(server.url("/")); }
  static json last(const FakeServer& server) { return json::parse(server.requests().back().body); }

  Timestamp now_ = test::kNow;
};

TEST_F(AlertmanagerTest, FiringAlertsAreSentAgainUntilTheyEnd) {
  FakeServer server(fake_alertmanager);
  AlertmanagerNotifier to = notifier({url(server)});
  EXPECT_EQ(to.refresh_interval(), std::chrono::seconds(60));
  EXPECT_EQ(to.notify(test::notification_of({test::alert("HeapLeak", 12)}), test::soon()).kind, Kind::kDelivered);
  json alert = last(server)[0];
  EXPECT_EQ(alert["labels"]["pid"], "12");
  EXPECT_EQ(alert["startsAt"], "2026-11-23T14:01:52.125Z");
  EXPECT_EQ(alert["endsAt"], "2026-11-23T14:07:22.125Z") << "four times the delay from now";
  EXPECT_EQ(alert["generatorURL"], "http://web1:9777");

  now_ += 60'000;
  EXPECT_EQ(to.refresh(test::soon()).kind, Kind::kDelivered);
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(last(server)[0]["endsAt"], "2026-11-23T14:08:22.125Z");
  EXPECT_EQ(to.refresh(test::soon()).kind, Kind::kDelivered);
  EXPECT_EQ(server.requests().size(), 2U) << "told a moment ago";

  AlertNotice ended = test::alert("HeapLeak", 12, AlertNotice::State::kResolved);
  ended.time = now_;
  EXPECT_EQ(to.notify(test::notification_of({ended}), test::soon()).kind, Kind::kDelivered);
  EXPECT_EQ(last(server)[0]["endsAt"], "2026-11-23T14:04:22.125Z");
  for (int minute = 1; minute <= 15; ++minute) {
    now_ += 60'000;
    EXPECT_EQ(to.refresh(test::soon()).kind, Kind::kDelivered);
  }
  EXPECT_EQ(server.requests().size(), 3U + 15) << "its end is said for a quarter of an hour";
  EXPECT_EQ(last(server)[0]["endsAt"], "2026-11-23T14:04:22.125Z");
  now_ += 60'000;
  EXPECT_EQ(to.refresh(test::soon()).kind, Kind::kDelivered);
  EXPECT_EQ(server.requests().size(), 3U + 15);
}

// What a full queue dropped is not news any more, but what the servers are told again must be true.
TEST_F(AlertmanagerTest, AnEndThatTheQueueHadNoRoomForIsToldWithTheNextRefresh) {
  FakeServer server(fake_alertmanager);
  NotifierDestination to(std::make_unique<AlertmanagerNotifier>(notifier({url(server)})),
                         {true, {{"instance", "web1"}}});
  const AlertNotice fired = test::alert("HeapLeak", 12);
  AlertNotice ended = test::alert("HeapLeak", 12, AlertNotice::State::kResolved);
  ended.time = fired.time + 30'000;
  const delivery::Item told = to_item(test::notification_of({fired}));
  EXPECT_EQ(to.send(told, test::soon()).kind, Kind::kDelivered);
  to.lost(to_item(test::notification_of({ended, test::alert("CpuBurn", 13)})));
  to.lost(told);  // which is older
  EXPECT_EQ(to.send(told, test::soon()).kind, Kind::kDelivered) << "so is it where it was being tried meanwhile";
  now_ = ended.time + 60'000;
  EXPECT_EQ(to.refresh(test::soon()).kind, Kind::kDelivered);
  ASSERT_EQ(last(server).size(), 2U);
  for (const json& alert : last(server)) {
    EXPECT_EQ(alert["labels"]["instance"], "web1");
    const bool over = alert["labels"]["alertname"] == "HeapLeak";
    EXPECT_EQ(alert["endsAt"], alerts::format_rfc3339(over ? ended.time : now_ + 240'000));
  }
}

TEST_F(AlertmanagerTest, OfALostEndAndANewBeginningTheBeginningHolds) {
  FakeServer server(fake_alertmanager);
  NotifierDestination to(std::make_unique<AlertmanagerNotifier>(notifier({url(server)})), {true, {}});
  AlertNotice ended = test::alert("HeapLeak", 12, AlertNotice::State::kResolved);
  AlertNotice again = test::alert("HeapLeak", 12);
  again.time = ended.time;
  to.lost(to_item(test::notification_of({ended, again})));
  now_ = again.time + 60'000;
  EXPECT_EQ(to.refresh(test::soon()).kind, Kind::kDelivered);
  ASSERT_EQ(last(server).size(), 1U);
  EXPECT_EQ(last(server)[0]["endsAt"], alerts::format_rfc3339(now_ + 240'000));
}

TEST_F(AlertmanagerTest, OneServerOfSeveralIsEnough) {
  FakeServer well(fake_alertmanager);
  FakeServer sick([](const FakeRequest&) { return FakeAnswer{503, "", ""}; });
  AlertmanagerNotifier to = notifier({url(sick), config::Secret("http://127.0.0.1:1"), url(well)});
  EXPECT_EQ(to.notify(test::sample(), test::soon()).kind, Kind::kDelivered);
  EXPECT_EQ(well.requests().size(), 1U);
  EXPECT_EQ(sick.requests().size(), 1U);
}

TEST_F(AlertmanagerTest, WhatNobodyTookIsTriedAgain) {
  FakeServer sick([](const FakeRequest&) { return FakeAnswer{503, "", ""}; });
  FakeServer wrong([](const FakeRequest&) { return FakeAnswer{404, "", ""}; });
  AlertmanagerNotifier to = notifier({url(wrong), url(sick)});
  EXPECT_EQ(to.notify(test::sample(), test::soon()).kind, Kind::kRetry);
  EXPECT_EQ(to.refresh(test::soon()).kind, Kind::kRetry) << "it was sent to nobody";
  AlertmanagerNotifier nowhere = notifier({url(wrong)});
  EXPECT_EQ(nowhere.notify(test::sample(), test::soon()).kind, Kind::kRejected);
}

TEST_F(AlertmanagerTest, AServerThatHangsLeavesTheOthersTheirTime) {
  FakeServer well(fake_alertmanager);
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);  // accepts and never answers
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  AlertmanagerNotifier to =
      notifier({config::Secret("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port))), url(well)});
  const auto deadline = delivery::Clock::now() + std::chrono::milliseconds(3000);
  EXPECT_EQ(to.notify(test::sample(), deadline).kind, Kind::kDelivered);
  EXPECT_LE(delivery::Clock::now(), deadline + std::chrono::milliseconds(2000));
  ::close(listener);
}

TEST_F(AlertmanagerTest, AThousandAlertsGoInBatches) {
  FakeServer server(fake_alertmanager);
  AlertmanagerNotifier to = notifier({url(server)});
  EXPECT_EQ(to.notify(test::many(1000), test::soon()).kind, Kind::kDelivered);
  std::size_t alerts = 0;
  for (const FakeRequest& request : server.requests()) {
    const json body = json::parse(request.body);
    EXPECT_LE(body.size(), 64U);
    alerts += body.size();
  }
  EXPECT_EQ(alerts, 1000U);
  EXPECT_EQ(to.notify(test::hostile(), test::soon()).kind, Kind::kDelivered);
}

}  // namespace
}  // namespace pmon::notify
