// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "../../fixtures/fake_http_server.h"
#include "../../support/gunzip.h"
#include "../../support/temp_folder.h"
#include "daemon/open_sinks.h"

namespace pmon::daemon::test {

using pmon::test::gunzipped;

using fixtures::FakeHttpServer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Answer = FakeHttpServer::Answer;

// A sink that speaks HTTP, as its server knows it.
struct HttpSink {
  std::string_view name;      // in pmon
  std::string_view folder;    // of the server's that is its own
  std::string_view target;    // the rest of the documented address
  std::string_view type;      // Content-Type, its beginning
  std::string_view accepted;  // the body with which the server says that it took it
};

inline constexpr HttpSink kHttpSinks[] = {
    {"http", "/http", "/in", "application/json", ""},
    {"influxdb", "/influxdb", "/write?db=d&precision=ms", "text/plain; charset=utf-8", ""},
    {"loki", "/events", "/loki/api/v1/push", "application/json", ""},
    {"remote_write", "/remote", "/api/v1/write", "application/x-protobuf", ""},
    {"team/alertmanager", "/alertmanager", "/api/v2/alerts", "application/json", ""},
    {"team/dingtalk", "/dingtalk", "/robot/send?", "application/json", R"({"errcode":0,"errmsg":"ok"})"},
    {"team/loki", "/loki", "/loki/api/v1/push", "application/json", ""},
    {"team/slack", "/slack", "/services/T/B/x", "application/json", "ok"},
    {"team/webhook", "/webhook", "/alerts", "application/json", ""},
    {"team/wecom", "/wecom", "/cgi-bin/webhook/send?key=k", "application/json", R"({"errcode":0,"errmsg":"ok"})"},
};

// pmon.yaml with all of them before the server at `base`; `more` goes into each exporter.
inline std::string yaml_of_every_sink(const std::string& base, const std::string& state, const std::string& more = "") {
  const std::string metrics = ", window: 1s, metrics: [pmon_process_threads]" + more + "}]\n";
  return "state: '" + state + "'\nhttp: {listen: []}\nexport:\n  http: [{name: http, url: '" + base + "/http/in'" +
         metrics + "  influxdb: [{name: influxdb, database: d, url: '" + base + "/influxdb'" + metrics +
         "  remote_write: [{name: remote_write, url: '" + base + "/remote/api/v1/write'" + metrics +
         "  loki: [{name: loki, events: [alert], url: '" + base + "/events/loki/api/v1/push'" + more +
         "}]\nalerting:\n  route: {receiver: team}\n  receivers:\n  - name: team\n    alertmanager_configs: [{url: '" +
         base + "/alertmanager'}]\n    dingtalk_configs: [{secret: SECabc, url: '" + base +
         "/dingtalk/robot/send?access_token=t'}]\n    loki_configs: [{url: '" + base +
         "/loki/loki/api/v1/push'}]\n    slack_configs: [{channel: '#ops', send_resolved: true, api_url: '" + base +
         "/slack/services/T/B/x'}]\n    webhook_configs: [{url: '" + base +
         "/webhook/alerts'}]\n    wecom_configs: [{url: '" + base + "/wecom/cgi-bin/webhook/send?key=k'}]\n";
}

// A fake of all their servers in one, that checks address and kind of what comes, and keeps what it took.
class Servers {
 public:
  Servers() { answer_well(); }

  [[nodiscard]] FakeHttpServer& server() { return server_; }
  [[nodiscard]] std::string base() const {
    const std::string url = server_.url();
    return url.substr(0, url.size() - 1);
  }

  void answer_well() {
    server_.handle_with([this](const FakeHttpServer::Request& request) { return take(request); });
  }
  void fail_with(const Answer& answer) { server_.answer_with(answer); }

  // The bodies that the server of one of them has taken.
  [[nodiscard]] std::vector<std::string> taken(std::string_view sink) const {
    const std::lock_guard lock(mutex_);
    const auto found = taken_.find(sink);
    return found == taken_.end() ? std::vector<std::string>() : found->second;
  }
  // Whether each of them has asked.
  [[nodiscard]] bool all_have_asked() const {
    std::set<std::string_view> asked;
    const auto requests = server_.requests();
    for (const auto& request : requests) asked.insert(sink_of(request.target).name);
    return asked.size() == std::size(kHttpSinks);
  }

 private:
  static const HttpSink& sink_of(std::string_view target) {
    const auto* const found = std::ranges::find_if(kHttpSinks, [&](const HttpSink& sink) {
      return target.starts_with(std::string(sink.folder) + std::string(sink.target));
    });
    if (found != std::end(kHttpSinks)) return *found;
    ADD_FAILURE() << "nobody's address: " << target;
    return kHttpSinks[0];
  }

  Answer take(const FakeHttpServer::Request& request) {
    const HttpSink& sink = sink_of(request.target);
    EXPECT_EQ(request.method, "POST") << request.target;
    EXPECT_TRUE(request.header("content-type").value_or("").starts_with(sink.type)) << request.target;
    EXPECT_FALSE(request.body.empty()) << request.target;
    const bool packed = request.header("content-encoding") == "gzip";
    const std::string body = packed ? gunzipped(request.body) : request.body;
    const std::lock_guard lock(mutex_);
    taken_[sink.name].push_back(body);
    return {.status = 200, .body = std::string(sink.accepted)};
  }

  mutable std::mutex mutex_;
  std::map<std::string_view, std::vector<std::string>> taken_;
  FakeHttpServer server_;  // ends before what its threads use
};

// The sinks of a daemon that reads this file.
class EverySink {
 public:
  explicit EverySink(const std::string& yaml) {
    auto configuration = load_configuration({.path = folder_.write("pmon.yaml", yaml), .environment = false});
    if (!configuration) throw std::runtime_error(configuration.error().text());
    auto sinks = open_sinks(*configuration);
    if (!sinks) throw std::runtime_error(sinks.error().text());
    sinks_ = std::make_unique<Sinks>(std::move(*sinks));
    tell_metrics(kStart);  // opens the first window, which the first tick ends
  }

  // A tick that gives each of them one item of its own: a window of metrics, or `alerts` alerts in one notification.
  void tick(int alerts = 1) {
    const Timestamp now = kStart + ++ticks_ * 1000;
    Notification notification;
    notification.receiver = "team";
    notification.group_key = "{}:{tick=\"" + std::to_string(ticks_) + "\"}";
    notification.common_labels = {{"alertname", "HeapLeak"}, {"severity", "warning"}};
    for (int i = 0; i < alerts; ++i) {
      AlertNotice alert;
      alert.reason = "fired";
      alert.time = alert.active_since = now;
      alert.value = i;
      alert.labels = {{"alertname", "HeapLeak"}, {"pid", std::to_string(ticks_ * 10'000 + i)}, {"severity", "warning"}};
      alert.annotations = {{"summary", "pid " + std::to_string(ticks_ * 10'000 + i) + " leaks memory"}};
      notification.alerts.push_back(std::move(alert));
    }
    (void)sinks_->notify(notification);
    for (const auto& exporter : sinks_->exporters()) {
      for (const AlertNotice& alert : notification.alerts) exporter->alert(alert, {});
    }
    tell_metrics(now);
  }

  void stop(milliseconds patience) { sinks_->stop(0, delivery::Clock::now() + patience); }
  [[nodiscard]] std::vector<delivery::QueueStatus> statuses() const { return sinks_->statuses(); }
  [[nodiscard]] bool all(const std::function<bool(const delivery::QueueStatus&)>& holds) const {
    return std::ranges::all_of(statuses(), holds);
  }
  [[nodiscard]] bool wait_for_all(const std::function<bool(const delivery::QueueStatus&)>& holds) const {
    const auto end = delivery::Clock::now() + seconds(10);
    while (!all(holds) && delivery::Clock::now() < end) std::this_thread::sleep_for(milliseconds(2));
    return all(holds);
  }

 private:
  static constexpr Timestamp kStart = 1'700'000'000'000;

  void tell_metrics(Timestamp now) {
    const std::vector<exposition::Family> families{
        {"pmon_process_threads", "", MetricKind::kGauge, {{{{"pid", "7"}}, static_cast<double>(ticks_)}}}};
    for (const auto& exporter : sinks_->exporters()) {
      exporter->metrics(now, families);
      exporter->flush(now);
    }
  }

  pmon::test::TempFolder folder_;
  std::unique_ptr<Sinks> sinks_;
  int ticks_ = 0;
};

inline std::uint64_t dropped(const delivery::QueueStatus& status) {
  return std::accumulate(status.dropped.begin(), status.dropped.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& reason) { return sum + reason.second; });
}

inline std::size_t different(const std::vector<std::string>& bodies) {
  return std::set<std::string>(bodies.begin(), bodies.end()).size();
}

}  // namespace pmon::daemon::test
