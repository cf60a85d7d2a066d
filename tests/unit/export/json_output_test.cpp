// SPDX-License-Identifier: Apache-2.0
#include "export/json_output.h"

#include <limits>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../../golden/golden.h"
#include "day.h"
#include "support.h"

namespace pmon {
namespace {

using Json = nlohmann::json;

Json only_line(const std::string& written) {
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1);
  return Json::parse(written);
}

TEST(JsonOutput, ADay) {
  test::StringSink sink;
  JsonOutput output(sink);
  test::play(output);
  ASSERT_TRUE(output.flush().has_value());
  test::expect_golden("watch.jsonl", sink.written);
}

TEST(JsonOutput, EveryLineIsAnObjectWithTypeAndTime) {
  test::StringSink sink;
  JsonOutput output(sink);
  test::play(output);
  ASSERT_TRUE(output.flush().has_value());
  std::istringstream lines(sink.written);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Json object = Json::parse(line);
    EXPECT_TRUE(object.at("type").is_string());
    EXPECT_TRUE(object.at("ts").is_number_integer());
  }
  EXPECT_EQ(count, 16);
}

TEST(JsonOutput, MetricsKeepTheirKindAndWhatIsMissingStaysAway) {
  test::StringSink sink;
  JsonOutput output(sink);
  output.sample(5,
                test::process(1, "a",
                              {{Metric::kCPU, 0.5},
                               {Metric::kTHREADS, 3},
                               {Metric::kFAULTS_HEAP, 4},
                               {Metric::kFAULTS_STACK, 1e15},
                               {Metric::kMAPPED, 9007199254740993.0}}),
                std::nullopt);
  ASSERT_TRUE(output.flush().has_value());
  const Json line = only_line(sink.written);
  EXPECT_FALSE(line.contains("interval_s"));
  const Json& metrics = line.at("metrics");
  EXPECT_EQ(metrics.at("cpu_seconds_total"), 0.5);
  EXPECT_TRUE(metrics.at("threads").is_number_integer());
  EXPECT_EQ(metrics.at("faults_total"), Json::parse(R"({"heap":4,"stack":1000000000000000})"));
  EXPECT_EQ(metrics.size(), 4U);
}

TEST(JsonOutput, AnExitStatusThatIsNotKnownIsAbsent) {
  test::StringSink sink;
  JsonOutput output(sink);
  ProcessSample gone = test::process(1, "a");
  gone.exit = Exit{};
  output.exit(5, gone);
  ASSERT_TRUE(output.flush().has_value());
  const Json line = only_line(sink.written);
  EXPECT_FALSE(line.contains("exit_code"));
  EXPECT_FALSE(line.contains("signal"));
  EXPECT_FALSE(line.contains("lifetime_s"));
}

TEST(JsonOutput, NumbersThatJsonLacksAreWords) {
  test::StringSink sink;
  JsonOutput output(sink);
  AlertNotice notice = test::notice_of(AlertNotice::State::kFiring, "fired", 1);
  notice.value = -std::numeric_limits<double>::infinity();
  output.alert(notice, {});
  ASSERT_TRUE(output.flush().has_value());
  EXPECT_EQ(only_line(sink.written).at("value"), "-Inf");
}

TEST(JsonOutput, NothingIsWrittenBeforeFlushOrWithoutNews) {
  test::StringSink sink(80);
  JsonOutput output(sink);
  output.status({});
  ASSERT_TRUE(output.flush().has_value());
  EXPECT_EQ(sink.writes, 0);
  output.event(1, {LifecycleEvent::Kind::kExec, {1, 1}, "a"});
  EXPECT_EQ(sink.writes, 0);
  ASSERT_TRUE(output.flush().has_value());
  EXPECT_EQ(sink.writes, 1);
}

}  // namespace
}  // namespace pmon
