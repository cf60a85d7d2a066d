// SPDX-License-Identifier: Apache-2.0
#include "monitor/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "../../support/temp_folder.h"
#include "export/json_output.h"
#include "fake_host.h"
#include "monitor/record_session.h"
#include "monitor/rule_files.h"
#include "monitor/watch_session.h"
#include "rules_of.h"

namespace pmon::monitor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// Keeps the bytes that an output writes.
class MemorySink final : public Sink {
 public:
  [[nodiscard]] Result<Output::Reader> write(std::string_view text) override {
    bytes += text;
    return Output::Reader::kListening;
  }
  std::string bytes;
};

const std::vector<std::string> kRules = {"{alert: ManyThreads, expr: pmon_process_threads > 100, for: 2s}",
                                         "{alert: Blind, expr: 'increase(pmon_collect_errors_total[1m]) > 0'}"};

class ReplayTest : public testing::Test {
 protected:
  // Something happens every few seconds.
  static void live(FakeHost& host, int second) {
    if (second == 0) host.process(10, "web");
    if (second == 1) host.process(11, "db").metrics.set(Metric::kSWAP, 0.1 + 0.2);
    host.process(10, "web").metrics.set(Metric::kTHREADS, second >= 3 && second < 8 ? 500 : 5);
    if (second == 4) host.tell({LifecycleEvent::Kind::kExec, host.process(10, "web").key, "web"});
    if (second == 5) host.fail_next_collect();
    if (second == 6) host.process(12, "worker", 10).metrics.set(Metric::kTHREADS, 900);
    if (second == 10) host.end(12, 0, 9);
    if (second == 11) host.lose("ledger_full", 3);
  }
  static Targets targets(std::vector<std::string> names) {
    TargetSpec spec;
    spec.everything = names.empty();
    spec.names = std::move(names);
    spec.wait = true;
    auto made = Targets::make(std::move(spec));
    EXPECT_TRUE(made) << made.error().text();
    return std::move(*made);
  }
  void record(const std::vector<std::string>& names = {}) {
    FakeHost host;
    recording::Header header;
    header.interval_ms = 1000;
    header.capabilities = host.capabilities;
    auto writer = recording::RecordingWriter::open({folder_.file("r")}, std::move(header), host.now());
    ASSERT_TRUE(writer) << writer.error().text();
    RecordSession session({std::make_unique<FakeCollector>(host), targets(names), std::move(*writer), {}}, host,
                          [this](const Notice& notice) { told_.push_back(notice.code); });
    for (int second = 0; second < 14; ++second) {
      live(host, second);
      const auto done = session.tick();
      ASSERT_TRUE(done) << done.error().text();
      host.advance(1000);
    }
    ASSERT_TRUE(session.finish());
  }
  // What a watch over the host itself says.
  static std::string watched(const std::vector<std::string>& names) {
    FakeHost host;
    MemorySink sink;
    JsonOutput output(sink);
    WatchOptions options;
    options.samples = true;
    WatchSession session(options, {std::make_unique<FakeCollector>(host), targets(names), {rules_of(kRules), {}}, {}},
                         host, output);
    for (int second = 0; second < 14; ++second) {
      live(host, second);
      EXPECT_TRUE(session.tick());
      host.advance(1000);
    }
    return sink.bytes;
  }
  std::string replayed(const ReplayOptions& options, WatchSummary* summary = nullptr) {
    MemorySink sink;
    JsonOutput output(sink);
    auto recorded = recording::ReplayCollector::open(std::vector{folder_.file("r")});
    EXPECT_TRUE(recorded) << recorded.error().text();
    const auto done = replay(options, rules_of(kRules), std::move(*recorded), output);
    EXPECT_TRUE(done) << done.error().text();
    (void)output.flush();
    if (summary != nullptr && done) *summary = *done;
    return sink.bytes;
  }

  const test::TempFolder folder_;
  std::vector<std::string> told_;
};

TEST_F(ReplayTest, SaysWhatAWatchSaid) {
  record();
  const std::string bytes = watched({});
  ASSERT_THAT(bytes, HasSubstr("ManyThreads"));
  ASSERT_THAT(bytes, HasSubstr("Blind"));
  EXPECT_EQ(replayed({.samples = true}), bytes);
  EXPECT_EQ(replayed({.samples = true}), bytes) << "again";
  EXPECT_EQ(replayed({.names = {"^web$"}, .samples = true}), watched({"^web$"}));
}

TEST_F(ReplayTest, TheSummaryIsOfThen) {
  record();
  WatchSummary summary;
  replayed({}, &summary);
  EXPECT_EQ(summary.ticks, 14U);
  EXPECT_EQ(summary.elapsed_seconds, 13);
  EXPECT_EQ(summary.processes_seen, 3U);
  EXPECT_EQ(summary.exits_seen, 1U);
  EXPECT_EQ(summary.alerts_fired, 3U) << "web, worker, blind";
  EXPECT_FALSE(summary.own_cpu_seconds || summary.own_peak_rss_bytes);
}

TEST_F(ReplayTest, WithoutSamplesExecsAndExitsOfAWholeHostAreLeftOut) {
  record();
  const std::string bytes = replayed({});
  EXPECT_EQ(bytes.find("\"type\":\"exit\""), std::string::npos);
  EXPECT_EQ(bytes.find("\"type\":\"sample\""), std::string::npos);
  EXPECT_THAT(replayed({.names = {"web"}}), HasSubstr("\"type\":\"exit\""));
}

TEST_F(ReplayTest, ANameThatMeansNobodyIsTold) {
  record();
  EXPECT_THAT(replayed({.names = {"nginx"}}), HasSubstr("no process of the recording matches --name 'nginx'"));
}

TEST_F(ReplayTest, OnlyTargetsAreRecorded) {
  record({"^web$"});
  EXPECT_THAT(told_, ElementsAre("collect_failed"));
  WatchSummary summary;
  const std::string bytes = replayed({.samples = true}, &summary);
  EXPECT_EQ(summary.processes_seen, 2U) << "and their descendants";
  EXPECT_EQ(bytes.find("\"comm\":\"db\""), std::string::npos);
  EXPECT_THAT(bytes, HasSubstr("\"type\":\"exec\""));
}

TEST_F(ReplayTest, ARuleWithoutItsMetricIsNamed) {
  FakeHost host;
  host.capabilities.remove(Metric::kTHREADS, "no such hook");
  recording::Header header;
  header.interval_ms = 1000;
  header.capabilities = host.capabilities;
  auto writer = recording::RecordingWriter::open({folder_.file("r")}, std::move(header), host.now());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append(host.now(), {}, host.capabilities));
  ASSERT_TRUE(writer->finish());
  const std::string bytes = replayed({});
  EXPECT_THAT(bytes, HasSubstr("rule_limited"));
  EXPECT_THAT(bytes, HasSubstr("ManyThreads"));
  EXPECT_THAT(bytes, HasSubstr("when it was recorded: no such hook"));
}

#if defined(__SANITIZE_ADDRESS__)  // which takes thirty times as long or more: of use against what is no longer linear
constexpr double kLeastSpeed = 20;
#else
constexpr double kLeastSpeed = 1000;
#endif

// The promise: a hundred processes at an interval of a second, the default rules.
TEST(ReplayTiming, AThousandTimesFasterThanItHappened) {
  const test::TempFolder folder;
  FakeHost host;
  recording::Header header;
  header.interval_ms = 1000;
  header.capabilities = host.capabilities;
  auto writer = recording::RecordingWriter::open({folder.file("r")}, std::move(header), host.now());
  ASSERT_TRUE(writer);
  FakeCollector collector(host);
  for (int pid = 1; pid <= 100; ++pid) host.process(pid, "worker-" + std::to_string(pid % 7));
  constexpr int kSeconds = 1200;
  Snapshot snapshot;
  for (int second = 0; second < kSeconds; ++second) {
    for (int pid = 1; pid <= 100; ++pid) {
      for (const MetricInfo& row : metric_table()) {
        if (row.metric == Metric::kOOM_KILLS || row.metric == Metric::kMEMORY_LIMIT) continue;
        const bool counter = row.kind == MetricKind::kCounter;
        const double value = counter ? second * pid * 0.001 : 4096.0 * (pid + second * pid % 5);
        host.process(pid, "").metrics.set(row.metric, row.metric == Metric::kTHREADS ? 4 : value);
      }
    }
    ASSERT_TRUE(collector.collect(host.now(), snapshot));
    ASSERT_TRUE(writer->append(host.now(), snapshot, host.capabilities));
    host.advance(1000);
  }
  ASSERT_TRUE(writer->finish());
  auto recorded = recording::ReplayCollector::open(std::vector{folder.file("r")});
  ASSERT_TRUE(recorded);
  auto rules = load_rules(true, {});
  ASSERT_TRUE(rules);
  CapturedOutput output;
  // CPU time, for a replay waits for nothing, and what else the host does says nothing of it.
  const std::clock_t begin = std::clock();
  const auto summary = replay({}, std::move(*rules), std::move(*recorded), output);
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  ASSERT_TRUE(summary) << summary.error().text();
  EXPECT_EQ(summary->ticks, kSeconds);
  const double speed = kSeconds / took;
  RecordProperty("times_real_time", static_cast<int>(speed));
  RecordProperty("bytes_per_tick", static_cast<int>(writer->bytes() / kSeconds));
  std::printf("%.0f times real time, %.0f bytes a tick\n", speed, static_cast<double>(writer->bytes()) / kSeconds);
  EXPECT_GE(speed, kLeastSpeed);
}

}  // namespace
}  // namespace pmon::monitor
