// SPDX-License-Identifier: Apache-2.0
#include "recording/replay_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/temp_folder.h"
#include "recording/recording_writer.h"
#include "samples.h"

namespace pmon::recording {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReplayCollectorTest : public testing::Test {
 protected:
  // Records seconds [from, to) of one host.
  void record(const std::string& name, int from, int to, const Header& header = a_header(),
              std::uint64_t max = 1 << 20) {
    auto writer = RecordingWriter::open({folder_.file(name), max, 9}, header, tick_at(from));
    ASSERT_TRUE(writer) << writer.error().text();
    for (int n = from; n < to; ++n) {
      const Snapshot snapshot = host_.snapshot(n);
      texts_.push_back(text_of(snapshot));
      ASSERT_TRUE(writer->append(tick_at(n), snapshot, header.capabilities));
    }
    ASSERT_TRUE(writer->finish());
  }
  std::unique_ptr<ReplayCollector> open(const std::vector<std::string>& names) {
    std::vector<std::string> files;
    for (const std::string& name : names) files.push_back(folder_.file(name));
    auto collector = ReplayCollector::open(files);
    EXPECT_TRUE(collector) << collector.error().text();
    return collector ? std::move(*collector) : nullptr;
  }
  static std::vector<std::string> play(ReplayCollector& collector) {
    std::vector<std::string> texts;
    Snapshot snapshot;
    while (collector.next().value_or(false)) {
      EXPECT_TRUE(collector.collect(collector.tick(), snapshot));
      texts.push_back(text_of(snapshot));
    }
    return texts;
  }
  std::string refused(const std::vector<std::string>& names) {
    std::vector<std::string> files;
    for (const std::string& name : names) files.push_back(folder_.file(name));
    const auto collector = ReplayCollector::open(files);
    return collector ? "opened" : collector.error().text();
  }

  const test::TempFolder folder_;
  RandomHost host_{5};
  std::vector<std::string> texts_;
};

TEST_F(ReplayCollectorTest, GivesTicksAndTheirTimes) {
  record("r", 0, 30);
  const auto collector = open({"r"});
  EXPECT_EQ(collector->name(), "replay");
  EXPECT_TRUE(collector->capabilities().has(Metric::kCPU));
  ASSERT_TRUE(collector->next().value_or(false));
  EXPECT_EQ(collector->tick().now, tick_at(0).now);
  EXPECT_EQ(collector->tick().boottime_ns, tick_at(0).boottime_ns);
  Snapshot snapshot;
  ASSERT_TRUE(collector->collect(collector->tick(), snapshot));
  EXPECT_EQ(text_of(snapshot), texts_[0]);
  EXPECT_EQ(play(*collector), std::vector(texts_.begin() + 1, texts_.end()));
  EXPECT_EQ(collector->tick().now, tick_at(29).now) << "the last tick stays";
}

TEST_F(ReplayCollectorTest, FilesInAnyOrderAreOneRecording) {
  record("r", 0, 300, a_header(), 30'000);
  record("later", 300, 320);
  ASSERT_TRUE(std::filesystem::exists(folder_.file("r.2")));
  std::vector<std::string> names = {"later", "r"};
  for (int i = 1; std::filesystem::exists(folder_.file("r." + std::to_string(i))); ++i) {
    names.push_back("r." + std::to_string(i));
  }
  EXPECT_EQ(play(*open(names)), texts_);
}

TEST_F(ReplayCollectorTest, WhatDoesNotBelongTogetherIsRefused) {
  record("a", 0, 5);
  Header other = a_header();
  other.host.boot_id = "another";
  record("b", 10, 15, other);
  EXPECT_EQ(refused({"a", "b"}), folder_.file("a") + " and " + folder_.file("b") +
                                     " are of different hosts or boots: their processes are not the same (replay them "
                                     "one by one)");
  EXPECT_THAT(refused({"a", "missing"}), HasSubstr("missing: No such file"));
  EXPECT_EQ(refused({"."}), "open recording " + folder_.file(".") + ": it is no regular file");
}

TEST_F(ReplayCollectorTest, FilesThatOverlapInTimeAreAnError) {
  record("a", 0, 5);
  record("b", 3, 8);
  const auto collector = open({"a", "b"});
  for (int n = 0; n < 5; ++n) ASSERT_TRUE(collector->next().value_or(false));
  const auto more = collector->next();
  ASSERT_FALSE(more);
  EXPECT_THAT(more.error().text(), HasSubstr(folder_.file("b") + " goes back in time"));
}

TEST_F(ReplayCollectorTest, OnlyWhatAllFilesHaveCanBeMeasured) {
  record("a", 0, 5);
  Header poor = a_header();
  poor.capabilities.remove(Metric::kSWAP, "not here");
  record("b", 10, 15, poor);
  const auto collector = open({"a", "b"});
  EXPECT_TRUE(collector->capabilities().has(Metric::kCPU));
  EXPECT_EQ(collector->capabilities().why_missing(Metric::kSWAP), "when it was recorded: not here");
}

TEST_F(ReplayCollectorTest, AFailureThenIsAFailureNow) {
  auto writer = RecordingWriter::open({folder_.file("r")}, a_header(), tick_at(0));
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append_failure(tick_at(0), "the ledger was gone"));
  const auto collector = open({"r"});
  ASSERT_TRUE(collector->next().value_or(false));
  Snapshot snapshot;
  const auto collected = collector->collect(collector->tick(), snapshot);
  ASSERT_FALSE(collected);
  EXPECT_EQ(collected.error().text(), "the ledger was gone");
  EXPECT_FALSE(collector->next().value_or(true));
  const std::vector<Notice> notices = collector->take_notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].code, "recording_unfinished");
}

}  // namespace
}  // namespace pmon::recording
