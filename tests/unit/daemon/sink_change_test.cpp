// SPDX-License-Identifier: Apache-2.0
// A reload of sinks while they run, as the configuration makes them: what is the same stays, what is another goes on
// with what the old one had, what cannot be opened changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../fixtures/fake_http_server.h"
#include "../../support/temp_folder.h"
#include "daemon/open_sinks.h"

namespace pmon::daemon {
namespace {

using fixtures::FakeHttpServer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr Timestamp kTime = 1'700'000'000'000;

bool eventually(const std::function<bool()>& holds) {
  const auto end = delivery::Clock::now() + seconds(10);
  while (!holds() && delivery::Clock::now() < end) std::this_thread::sleep_for(milliseconds(2));
  return holds();
}

class SinkChange : public testing::Test {
 protected:
  // Two receivers and two exporters, all with spools.
  std::string yaml(const std::string& first, const std::string& second, const std::string& more = "") const {
    return "state: '" + folder_.path() + "'\nhttp: {listen: []}\nexport:\n  http: [{name: first, url: '" + first +
           "/metrics', window: 1s, spool: true}, {name: second, url: '" + second +
           "/metrics', window: 1s, spool: true}]\n  file: [{path: '" + folder_.path() +
           "/events.jsonl', events: [notice], metrics: [pmon_self_cpu_seconds_total]}]\n" + more +
           "alerting:\n  route: {receiver: first}\n  receivers:\n  - name: first\n    webhook_configs: [{url: '" +
           first + "/alerts'}]\n  - name: second\n    alertmanager_configs: [{url: '" + second + "'}]\n";
  }
  Configuration read(const std::string& text) const {
    auto configuration = load_configuration({.path = folder_.write("pmon.yaml", text), .environment = false});
    if (!configuration) throw std::runtime_error(configuration.error().text());
    return std::move(*configuration);
  }
  void open(const std::string& text) {
    auto opened = open_sinks(read(text));
    if (!opened) throw std::runtime_error(opened.error().text());
    sinks_ = std::make_unique<Sinks>(std::move(*opened));
  }
  [[nodiscard]] Result<std::vector<Notice>> change(const std::string& text) {
    auto opened = open_sinks(read(text), sinks_.get());
    if (!opened) return std::unexpected(opened.error());
    return sinks_->change(std::move(*opened), kTime, delivery::Clock::now() + milliseconds(200));
  }

  [[nodiscard]] Notification notification(const std::string& receiver) {
    Notification notification;
    notification.receiver = receiver;
    notification.group_key = "{}:{number=\"" + std::to_string(++told_) + "\"}";
    AlertNotice alert;
    alert.reason = "fired";
    alert.time = alert.active_since = kTime;
    alert.labels = {{"alertname", "A"}, {"number", std::to_string(told_)}};
    notification.alerts.push_back(alert);
    return notification;
  }
  void tell(const std::string& receiver) { (void)sinks_->notify(notification(receiver)); }
  [[nodiscard]] delivery::QueueStatus status(const std::string& name) const {
    for (delivery::QueueStatus& status : sinks_->statuses()) {
      if (status.name == name) return std::move(status);
    }
    throw std::runtime_error("no sink " + name);
  }
  [[nodiscard]] bool sent(const std::string& name, std::uint64_t count) const {
    return eventually([&] { return status(name).sent == count && status(name).length == 0; });
  }
  static std::string base(const FakeHttpServer& server) {
    const std::string url = server.url();
    return url.substr(0, url.size() - 1);
  }
  static std::size_t alerts(const FakeHttpServer& server) {
    const auto requests = server.requests();
    return static_cast<std::size_t>(
        std::ranges::count_if(requests, [](const auto& request) { return request.target == "/alerts"; }));
  }

  const pmon::test::TempFolder folder_;
  FakeHttpServer one_;
  FakeHttpServer two_;
  FakeHttpServer three_;
  std::unique_ptr<Sinks> sinks_;
  int told_ = 0;
};

TEST_F(SinkChange, AnotherAddressTakesWhatTheOldOneDidNot) {
  one_.answer_with({.status = 503});
  open(yaml(base(one_), base(two_)));
  tell("first");
  ASSERT_TRUE(one_.wait_for_requests(1));
  ASSERT_TRUE(change(yaml(base(three_), base(two_))));
  tell("first");
  ASSERT_TRUE(sent("first/webhook", 2));
  EXPECT_EQ(alerts(three_), 2U);
  ASSERT_TRUE(change(yaml(base(two_), base(two_))));
  tell("first");
  ASSERT_TRUE(sent("first/webhook", 3)) << "a second time, and its counts go on";
  EXPECT_EQ(alerts(two_), 1U);
}

TEST_F(SinkChange, WhatIsTheSameIsNotTouched) {
  open(yaml(base(one_), base(two_)));
  const Exporter* const first = sinks_->exporter("first")->exporter.get();
  const Exporter* const second = sinks_->exporter("second")->exporter.get();
  const Exporter* const file = sinks_->exporter("file")->exporter.get();
  const delivery::Queue* const notifier = sinks_->notifier("second/alertmanager")->queue.get();
  const auto notices = change(yaml(base(three_), base(two_)));
  ASSERT_TRUE(notices) << notices.error().text();
  EXPECT_TRUE(notices->empty());
  EXPECT_NE(sinks_->exporter("first")->exporter.get(), first);
  EXPECT_EQ(sinks_->exporter("second")->exporter.get(), second);
  EXPECT_EQ(sinks_->exporter("file")->exporter.get(), file);
  EXPECT_EQ(sinks_->notifier("second/alertmanager")->queue.get(), notifier);
}

TEST_F(SinkChange, OneThatCannotBeOpenedChangesNothing) {
  open(yaml(base(one_), base(two_)));
  const std::string kafka = "  kafka: [{brokers: ['127.0.0.1:1'], properties: {security.protocol: nonsense}}]\n";
  const auto refused = change(yaml(base(three_), base(three_), kafka));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("security.protocol"));
  tell("first");
  tell("second");
  EXPECT_TRUE(sent("first/webhook", 1));
  EXPECT_TRUE(sent("second/alertmanager", 1));
  EXPECT_EQ(alerts(one_), 1U);
  EXPECT_EQ(three_.requests().size(), 0U);
  ASSERT_TRUE(change(yaml(base(three_), base(three_))));
  tell("first");
  EXPECT_TRUE(sent("first/webhook", 2));
}

TEST_F(SinkChange, AWindowThatIsOpenGoesToTheNewPlace) {
  open(yaml(base(one_), base(two_)));
  sinks_->exporter("first")->exporter->metrics(
      kTime, std::vector<exposition::Family>{{"pmon_process_threads", "", MetricKind::kGauge, {{{{"pid", "7"}}, 3}}}});
  ASSERT_TRUE(change(yaml(base(three_), base(two_))));
  ASSERT_TRUE(sent("first", 1));
  EXPECT_THAT(three_.requests().at(0).body, HasSubstr("pmon_process_threads"));
}

TEST_F(SinkChange, OneThatIsGoneTellsWhatItLost) {
  const std::string lost = "  loki: [{url: 'http://127.0.0.1:1', events: [alert]}]\n";
  open(yaml(base(one_), base(two_), lost));
  for (Exporter* exporter : sinks_->exporters()) {
    exporter->alert(notification("first").alerts.at(0), {});
    exporter->flush(kTime);
  }
  const auto notices = change(yaml(base(one_), base(two_)));
  ASSERT_TRUE(notices) << notices.error().text();
  ASSERT_EQ(notices->size(), 1U);
  EXPECT_EQ(notices->at(0).code, "sink_dropped");
  EXPECT_THAT(notices->at(0).text, HasSubstr("loki: 1 items were given up so far (1 shutdown)"));
}

TEST_F(SinkChange, OnlyANewAlertmanagerIsToldAgainWhatStands) {
  open(yaml(base(one_), base(two_)));
  EXPECT_TRUE(sinks_->want_reminders());
  const std::vector<Notification> standing{notification("first"), notification("second")};
  sinks_->remind(standing);
  ASSERT_TRUE(sent("second/alertmanager", 1));
  EXPECT_EQ(status("first/webhook").pushed, 0U);
  ASSERT_TRUE(change(yaml(base(three_), base(two_))));
  EXPECT_FALSE(sinks_->want_reminders());
  ASSERT_TRUE(change(yaml(base(three_), base(one_))));
  EXPECT_TRUE(sinks_->want_reminders());
  sinks_->remind(standing);
  EXPECT_TRUE(sent("second/alertmanager", 2));
  EXPECT_FALSE(sinks_->want_reminders());
}

}  // namespace
}  // namespace pmon::daemon
