// SPDX-License-Identifier: Apache-2.0
#include "notify/notification_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "../../golden/golden.h"
#include "notify/notification_parts.h"
#include "notify/notifier_destination.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using test::alert;
using test::sample;

void expect_same(const Notification& a, const Notification& b) {
  EXPECT_EQ(a.receiver, b.receiver);
  EXPECT_EQ(a.group_key, b.group_key);
  EXPECT_EQ(a.group_labels, b.group_labels);
  EXPECT_EQ(a.common_labels, b.common_labels);
  EXPECT_EQ(a.common_annotations, b.common_annotations);
  ASSERT_EQ(a.alerts.size(), b.alerts.size());
  for (std::size_t i = 0; i < a.alerts.size(); ++i) {
    const AlertNotice& x = a.alerts[i];
    const AlertNotice& y = b.alerts[i];
    EXPECT_EQ(x.reason, y.reason);
    EXPECT_EQ(x.state, y.state);
    EXPECT_EQ(x.time, y.time);
    EXPECT_EQ(x.active_since, y.active_since);
    EXPECT_TRUE(x.value == y.value || (std::isnan(x.value) && std::isnan(y.value))) << x.value << " " << y.value;
    EXPECT_EQ(x.labels, y.labels);
    EXPECT_EQ(x.annotations, y.annotations);
    EXPECT_EQ(x.receiver, y.receiver);
  }
}

TEST(NotificationJson, ComesBackAsItWas) {
  Notification told = sample();
  told.alerts[0].value = std::numeric_limits<double>::quiet_NaN();
  told.alerts[1].value = -std::numeric_limits<double>::infinity();
  told.alerts[2].value = 0.1 + 0.2;
  told.alerts[2].receiver = "team";
  told.alerts[2].reason = "repeat";
  for (const Notification& one : {told, test::hostile(), test::many(1000)}) {
    const auto back = parse_notification(to_json(one));
    ASSERT_TRUE(back) << back.error().text();
    expect_same(one, *back);
  }
}

TEST(NotificationJson, BytesThatAreNoUtf8AreReplaced) {
  Notification told = sample();
  told.alerts[0].labels.set("comm", "a\xff\xc3z");
  const auto back = parse_notification(to_json(told));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->alerts[0].labels.get("comm"), "a\ufffd\ufffdz");
}

TEST(NotificationJson, WhatIsNoNotificationIsAnError) {
  EXPECT_FALSE(parse_notification(""));
  EXPECT_FALSE(parse_notification("{}"));
  EXPECT_FALSE(parse_notification("[1,2"));
  EXPECT_FALSE(parse_notification(R"({"receiver":1})"));
  std::string cut = to_json(sample());
  cut.resize(cut.size() / 2);
  EXPECT_FALSE(parse_notification(cut));
}

TEST(NotificationJson, ItemCountsItsAlerts) { EXPECT_EQ(to_item(sample()).count, 3U); }

TEST(WebhookBody, IsAlertmanagersOwn) {
  pmon::test::expect_golden("notify-webhook.json", webhook_body(sample(), {"http://web1:9777", 0}) + "\n");
}

TEST(WebhookBody, SaysHowManyAreLeftOut) {
  const std::string body = webhook_body(test::many(1000), {"", 10});
  EXPECT_NE(body.find("\"truncatedAlerts\":990"), std::string::npos);
  EXPECT_LT(body.size(), 8000U);
}

// As Alertmanager 0.25 shows them for these labels.
TEST(Fingerprint, IsPrometheuss) {
  EXPECT_EQ(fingerprint(Labels{}), "cbf29ce484222325");
  EXPECT_EQ(fingerprint(alert("HeapLeak", 12).labels), "4d10dd4f2746ca73");
}

// Remembers what it is told.
class Recorder : public Notifier {
 public:
  explicit Recorder(std::vector<Notification>& told) : told_(told) {}
  std::string_view kind() const override { return "recorder"; }
  delivery::Outcome notify(const Notification& notification, delivery::Deadline) override {
    told_.push_back(notification);
    return delivery::Outcome::delivered();
  }

 private:
  std::vector<Notification>& told_;
};

TEST(NotifierDestination, LeavesOutResolvedAlertsWhereAsked) {
  std::vector<Notification> told;
  NotifierDestination destination(std::make_unique<Recorder>(told), {.send_resolved = false});
  EXPECT_EQ(destination.send(to_item(sample()), test::soon()).kind, delivery::Outcome::Kind::kDelivered);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].alerts.size(), 2U);
  Notification ended = test::notification_of({alert("HeapLeak", 7, AlertNotice::State::kResolved)});
  EXPECT_EQ(destination.send(to_item(ended), test::soon()).kind, delivery::Outcome::Kind::kDelivered);
  EXPECT_EQ(told.size(), 1U) << "nothing is left to tell";
}

TEST(NotifierDestination, AddsExternalLabels) {
  std::vector<Notification> told;
  NotifierDestination destination(std::make_unique<Recorder>(told),
                                  {.external_labels = {{"instance", "web1"}, {"comm", "other"}}});
  EXPECT_EQ(destination.send(to_item(sample()), test::soon()).kind, delivery::Outcome::Kind::kDelivered);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].alerts[1].labels.get("instance"), "web1");
  EXPECT_EQ(told[0].alerts[1].labels.get("comm"), "redis") << "an alert's own label counts";
  EXPECT_EQ(told[0].common_labels.get("instance"), "web1");
  EXPECT_FALSE(told[0].common_labels.has("pid"));
}

TEST(NotifierDestination, RejectsWhatItCannotRead) {
  std::vector<Notification> told;
  NotifierDestination destination(std::make_unique<Recorder>(told));
  EXPECT_EQ(destination.send({"garbage", 1}, test::soon()).kind, delivery::Outcome::Kind::kRejected);
  EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace pmon::notify
