// SPDX-License-Identifier: Apache-2.0
#include "export/push_exporter.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "export/kafka_encoder.h"
#include "export/loki_encoder.h"
#include "support.h"
#include "window_support.h"

namespace pmon {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Timestamp kTime = 1'700'000'010'000;

// A fake queue, of no thread: keeps what is pushed.
class FakeQueue : public delivery::Queue {
 public:
  explicit FakeQueue(std::vector<std::string>& log) : log_(log) {}
  void push(delivery::Item item) override { log_.push_back(item.body); }
  void take_over(std::unique_ptr<Queue> /*predecessor*/) override { log_.emplace_back("take over"); }
  void stop(delivery::Deadline deadline) override {
    log_.emplace_back("stop");
    stopped_by = deadline;
  }
  delivery::QueueStatus status() const override {
    delivery::QueueStatus status;
    status.name = "fake";
    status.pushed = status.sent = log_.size();
    return status;
  }
  delivery::Deadline stopped_by;

 private:
  std::vector<std::string>& log_;
};

// Says how many series and events it was given, of which one has no number.
class FakeEncoder : public Encoder {
 public:
  Encoded window(const Window& window) const override {
    return {{{"window of " + std::to_string(window.families.size()), 1}}, 1};
  }
  Encoded events(std::span<const EventLine> events) const override {
    return {{{"events: " + std::to_string(events.size()), 1}}, 0};
  }
};

AlertNotice alert() {
  AlertNotice notice;
  notice.reason = "fired";
  notice.time = kTime;
  notice.labels = {{"alertname", "CpuBurn"}, {"severity", "warning"}, {"pid", "7"}, {"comm", "yes"}};
  return notice;
}

std::vector<EventLine> some_events() {
  EventLines lines(EventKinds::all());
  lines.alert(alert(), {});
  lines.exit(kTime + 5, test::process(7, "yes"));
  lines.event(kTime, {LifecycleEvent::Kind::kExec, {8, 800}, "sh"});
  lines.event(kTime, {LifecycleEvent::Kind::kExec, {9, 900}, "ls"});
  lines.event(kTime, {LifecycleEvent::Kind::kOomKill, {9, 900}, "ls"});
  lines.notice(kTime, {Notice::Level::kWarning, "ledger_full", "x"});
  return lines.take();
}

struct PushExporterTest : testing::Test {
  PushExporter make(std::optional<ReducerOptions> metrics, EventKinds events, bool with_fallback = false) {
    auto fallback = with_fallback ? std::make_unique<FakeQueue>(fallback_log) : nullptr;
    fallback_queue = fallback.get();
    auto own = std::make_unique<FakeQueue>(log);
    queue = own.get();
    return PushExporter(
        {std::move(metrics), events, std::make_unique<FakeEncoder>(), std::move(fallback), std::move(own)});
  }
  std::vector<std::string> log;
  std::vector<std::string> fallback_log;
  FakeQueue* queue = nullptr;
  FakeQueue* fallback_queue = nullptr;
};

TEST_F(PushExporterTest, PushesAWindowWhenItEnds) {
  PushExporter exporter = make(ReducerOptions{10'000}, {});
  EXPECT_TRUE(exporter.wants_metrics());
  const std::vector families{test::gauge("a", {{{}, 1}}), test::gauge("b", {{{}, 2}})};
  exporter.metrics(kTime + 1000, families);
  exporter.alert(alert(), {});
  exporter.flush(kTime + 1000);
  EXPECT_TRUE(log.empty()) << "no window has ended, and events were not asked for";
  exporter.metrics(kTime + 10'000, families);
  EXPECT_THAT(log, ElementsAre("window of 2"));
  const auto status = exporter.status();
  EXPECT_EQ(status->dropped.at("not_finite"), 1U);
  EXPECT_EQ(status->pushed, status->sent + 1) << "what was pushed is sent, dropped, or still there";
}

TEST_F(PushExporterTest, PushesTheEventsOfATickTogether) {
  PushExporter exporter = make({}, EventKinds::all());
  EXPECT_FALSE(exporter.wants_metrics());
  exporter.alert(alert(), {});
  exporter.exit(kTime, test::process(7, "yes"));
  EXPECT_TRUE(log.empty());
  exporter.flush(kTime);
  exporter.flush(kTime + 1000);
  EXPECT_THAT(log, ElementsAre("events: 2"));
}

TEST_F(PushExporterTest, TheEndPushesWhatHasCome) {
  PushExporter exporter = make(ReducerOptions{}, EventKinds::all(), true);
  exporter.metrics(kTime + 1000, std::vector{test::gauge("a", {{{}, 1}})});
  exporter.notice(kTime, {Notice::Level::kInfo, "c", "t"});
  const delivery::Deadline deadline = delivery::Clock::now() + 10s;
  exporter.stop(kTime + 2000, deadline);
  EXPECT_THAT(log, ElementsAre("events: 1", "window of 1", "stop"));
  EXPECT_THAT(fallback_log, ElementsAre("stop")) << "last, for the queue gives up to it";
  EXPECT_LT(queue->stopped_by, fallback_queue->stopped_by);
  EXPECT_EQ(fallback_queue->stopped_by, deadline);
  exporter.metrics(kTime + 60'000, std::vector{test::gauge("a", {{{}, 1}})});
  exporter.stop(kTime + 60'000, deadline);
  EXPECT_EQ(log.size(), 3U) << "nothing comes after the end";
}

TEST(EventLines, AreThoseOfTheJsonOutput) {
  const auto lines = some_events();
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(json::parse(lines[0].json)["alert"], "CpuBurn");
  EXPECT_EQ(lines[0].severity, "warning");
  EXPECT_EQ(lines[3].json, R"({"type":"exec","ts":1700000010000,"pid":9,"start_time":900,"comm":"ls"})");
  for (const EventLine& line : lines) {
    EXPECT_EQ(json::parse(line.json)["type"], kEventWords[static_cast<std::size_t>(line.kind)]);
    EXPECT_EQ(json::parse(line.json)["ts"], line.time);
  }
}

TEST(EventLines, OnlyThoseThatAreAskedFor) {
  EventKinds kinds;
  kinds.add(EventKind::kOomKill);
  EventLines lines(kinds);
  lines.alert(alert(), {});
  lines.event(kTime, {LifecycleEvent::Kind::kExec, {9, 900}, "ls"});
  lines.event(kTime, {LifecycleEvent::Kind::kOomKill, {9, 900}, "ls"});
  const auto taken = lines.take();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].kind, EventKind::kOomKill);
}

TEST(EventLines, AStormIsCountedAndHidesNoAlert) {
  EventLines lines(EventKinds::all());
  for (int i = 0; i < 1500; ++i) lines.exit(kTime, test::process(i + 1, "sh"));
  lines.alert(alert(), {});
  EXPECT_EQ(lines.take().size(), EventLines::kMostLifecycle + 1);
  EXPECT_EQ(lines.left_out(), 1500 - EventLines::kMostLifecycle);
  lines.exit(kTime, test::process(1, "sh"));
  EXPECT_EQ(lines.take().size(), 1U) << "the next tick has room again";
}

TEST(LokiEncoder, LabelsAreFewAndLinesAreWhole) {
  const Encoded encoded = LokiEncoder({{"host", "db1"}, {"job", "pmon"}}).events(some_events());
  ASSERT_EQ(encoded.items.size(), 1U);
  EXPECT_EQ(encoded.items[0].count, 6U);
  const json streams = json::parse(encoded.items[0].body)["streams"];
  ASSERT_EQ(streams.size(), 5U);
  EXPECT_EQ(
      streams[0]["stream"],
      json({{"alertname", "CpuBurn"}, {"host", "db1"}, {"job", "pmon"}, {"severity", "warning"}, {"type", "alert"}}));
  EXPECT_EQ(json::parse(streams[0]["values"][0][1].get<std::string>())["labels"]["pid"], "7");
  EXPECT_EQ(streams[1]["stream"], json({{"host", "db1"}, {"job", "pmon"}, {"type", "exec"}}));
  ASSERT_EQ(streams[1]["values"].size(), 2U);
  EXPECT_EQ(streams[1]["values"][0][0], "1700000010000000000") << "nanoseconds, as text";
  EXPECT_EQ(streams[1]["values"][1][0], "1700000010000000001") << "in their order";
  EXPECT_THAT(streams[1]["values"][1][1].get<std::string>(), HasSubstr("\"ls\""));
}

TEST(LokiEncoder, BodiesAreBounded) {
  const std::vector<EventLine> many(LokiEncoder::kMostLines + 1, {EventKind::kExec, kTime, "", "", "{}"});
  const Encoded encoded = LokiEncoder({}).events(many);
  ASSERT_EQ(encoded.items.size(), 2U);
  EXPECT_EQ(encoded.items[1].count, 1U);
}

TEST(KafkaEncoder, AnItemIsATopicAndItsRecords) {
  const KafkaEncoder encoder({"db1", {}, 2}, "metrics", "events");
  const Window window{kTime, {{"m", MetricKind::kGauge, {test::series({}, kTime, {1, 2, 3, {}})}}}};
  const Encoded reports = encoder.window(window);
  ASSERT_EQ(reports.items.size(), 2U);
  const KafkaRecords first = kafka_records(reports.items[0].body);
  EXPECT_EQ(first.topic, "metrics");
  EXPECT_THAT(first.records, ElementsAre(R"({"ts":1700000010000,"host":"db1","type":"m","value":1})",
                                         R"({"ts":1700000010000,"host":"db1","type":"m:max","value":2})"));
  const Encoded events = encoder.events(std::vector<EventLine>{{EventKind::kExec, kTime, "", "", "{\"a\":1}"}});
  EXPECT_EQ(kafka_records(events.items[0].body).topic, "events");
  EXPECT_THAT(kafka_records(events.items[0].body).records, ElementsAre("{\"a\":1}"));
}

}  // namespace
}  // namespace pmon
