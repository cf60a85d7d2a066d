// SPDX-License-Identifier: Apache-2.0
// Files of a recording: written, read back, cut and damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "../../support/temp_folder.h"
#include "pmon/version.h"
#include "recording/recording_reader.h"
#include "recording/recording_writer.h"
#include "samples.h"

namespace pmon::recording {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What came of reading a recording to its end.
struct Outcome {
  std::vector<std::string> ticks;
  std::string error;
  std::vector<std::string> notices;  // codes
};

Outcome read_all(const std::string& bytes) {
  Outcome outcome;
  auto reader = RecordingReader::open(std::make_unique<MemorySource>(bytes, "f"));
  if (!reader) {
    outcome.error = reader.error().text();
    return outcome;
  }
  RecordedTick tick;
  while (true) {
    const auto more = reader->next(tick);
    if (!more) outcome.error = more.error().text();
    if (!more || !*more) break;
    outcome.ticks.push_back(tick.failure.value_or(text_of(tick.snapshot)));
  }
  for (const Notice& notice : reader->take_notices()) outcome.notices.push_back(notice.code);
  return outcome;
}

class RecordingTest : public testing::Test {
 protected:
  RecordingWriter open(std::uint64_t max_bytes = 1 << 20, std::uint32_t keep = 9) {
    auto writer = RecordingWriter::open({folder_.file("r"), max_bytes, keep}, a_header(), tick_at(0));
    EXPECT_TRUE(writer) << writer.error().text();
    return std::move(*writer);
  }
  // The snapshots that went in, as text.
  std::vector<std::string> record(RecordingWriter& writer, int from, int to) {
    std::vector<std::string> texts;
    for (int n = from; n < to; ++n) {
      const Snapshot snapshot = host_.snapshot(n);
      texts.push_back(text_of(snapshot));
      const auto done = writer.append(tick_at(n), snapshot, capabilities_);
      EXPECT_TRUE(done) << done.error().text();
    }
    return texts;
  }

  const test::TempFolder folder_;
  RandomHost host_{1};
  Capabilities capabilities_ = everything();
};

TEST_F(RecordingTest, WhatGoesInComesOut) {
  RecordingWriter writer = open();
  const std::vector<std::string> texts = record(writer, 0, 700);
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(writer.ticks(), 700U);
  EXPECT_EQ(writer.bytes(), std::filesystem::file_size(folder_.file("r")));
  const Outcome outcome = read_all(folder_.read("r"));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.ticks, texts);
  EXPECT_THAT(outcome.notices, ElementsAre());
}

TEST_F(RecordingTest, TheHeaderTellsWhereItComesFrom) {
  Header header = a_header();
  header.host = this_host();
  capabilities_.remove(Metric::kMAPPED, "no such hook");
  capabilities_.features.push_back({"mapped_bytes", Feature::Mode::kMissing, "no such hook"});
  header.capabilities = capabilities_;
  auto writer = RecordingWriter::open({folder_.file("r")}, header, tick_at(0));
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->finish());
  auto source = FileSource::open(folder_.file("r"));
  ASSERT_TRUE(source);
  const auto reader = RecordingReader::open(std::move(*source));
  ASSERT_TRUE(reader) << reader.error().text();
  const Header& back = reader->header();
  EXPECT_EQ(back.writer, kVersion);
  EXPECT_EQ(back.interval_ms, 1000);
  EXPECT_EQ(back.collector, "ebpf");
  EXPECT_EQ(back.host.kernel, header.host.kernel);
  EXPECT_GT(back.host.cpus, 0U);
  EXPECT_EQ(back.metrics.size(), kMetricCount);
  EXPECT_TRUE(back.capabilities.has(Metric::kCPU));
  EXPECT_FALSE(back.capabilities.has(Metric::kMAPPED));
  EXPECT_EQ(back.capabilities.why_missing(Metric::kMAPPED), "when it was recorded: no such hook");
  ASSERT_EQ(back.capabilities.features.size(), 1U);
  EXPECT_EQ(back.capabilities.features[0].mode, Feature::Mode::kMissing);
}

TEST_F(RecordingTest, FailuresAndLostCapabilitiesAreRecorded) {
  RecordingWriter writer = open();
  record(writer, 0, 1);
  ASSERT_TRUE(writer.append_failure(tick_at(1), "it was blind"));
  capabilities_.remove(Metric::kCPU, "lost on the way");
  record(writer, 2, 3);
  ASSERT_TRUE(writer.finish());
  const std::string bytes = folder_.read("r");
  auto reader = RecordingReader::open(std::make_unique<MemorySource>(bytes));
  ASSERT_TRUE(reader);
  RecordedTick tick;
  ASSERT_TRUE(reader->next(tick).value_or(false));
  EXPECT_FALSE(tick.failure || tick.capabilities);
  ASSERT_TRUE(reader->next(tick).value_or(false));
  EXPECT_EQ(tick.failure, "it was blind");
  EXPECT_EQ(tick.tick.now, tick_at(1).now);
  ASSERT_TRUE(reader->next(tick).value_or(false));
  ASSERT_TRUE(tick.capabilities);
  EXPECT_THAT(tick.capabilities->why_missing(Metric::kCPU), HasSubstr("lost on the way"));
}

TEST_F(RecordingTest, FullFilesMoveAsideAndEachStandsAlone) {
  RecordingWriter writer = open(20'000, 3);
  const std::vector<std::string> texts = record(writer, 0, 400);
  ASSERT_TRUE(writer.finish());
  EXPECT_GT(writer.files(), 4U) << "some were dropped";
  EXPECT_FALSE(std::filesystem::exists(folder_.file("r.4")));
  std::vector<std::string> back;
  for (const char* name : {"r.3", "r.2", "r.1", "r"}) {
    EXPECT_LE(std::filesystem::file_size(folder_.file(name)), 20'000U);
    const Outcome outcome = read_all(folder_.read(name));
    EXPECT_EQ(outcome.error, "");
    EXPECT_THAT(outcome.notices, ElementsAre());
    back.insert(back.end(), outcome.ticks.begin(), outcome.ticks.end());
  }
  ASSERT_GT(back.size(), 40U);
  EXPECT_TRUE(std::equal(back.rbegin(), back.rend(), texts.rbegin())) << "no tick is missing between two files";
}

TEST_F(RecordingTest, ABlindCollectorFillsNoDiskEither) {
  RecordingWriter writer = open(5000, 1);
  record(writer, 0, 1);
  for (int n = 1; n < 200; ++n) ASSERT_TRUE(writer.append_failure(tick_at(n), "blind"));
  const std::vector<std::string> texts = record(writer, 200, 201);
  ASSERT_TRUE(writer.finish());
  EXPECT_GT(writer.files(), 2U);
  EXPECT_LE(std::filesystem::file_size(folder_.file("r")), 5000U);
  const Outcome outcome = read_all(folder_.read("r"));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.ticks.back(), texts.back());
}

TEST_F(RecordingTest, AnEarlierRecordingMovesAsideAndAnythingElseStays) {
  RecordingWriter first = open();
  ASSERT_TRUE(first.finish());
  const std::string bytes = folder_.read("r");
  RecordingWriter second = open();
  EXPECT_EQ(folder_.read("r.1"), bytes);
  const std::string letter = folder_.write("letter", "Dear Sir or Madam");
  const auto refused = RecordingWriter::open({letter}, a_header(), tick_at(0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(refused.error().text(), letter + " is there already and is no recording (name another file)");
  EXPECT_EQ(folder_.read("letter"), "Dear Sir or Madam");
  EXPECT_FALSE(RecordingWriter::open({folder_.file("no/such/folder")}, a_header(), tick_at(0)));
}

TEST_F(RecordingTest, WithoutItsEndItIsUnfinished) {
  RecordingWriter writer = open();
  const std::vector<std::string> texts = record(writer, 0, 5);
  const Outcome outcome = read_all(folder_.read("r"));
  EXPECT_EQ(outcome.ticks, texts);
  EXPECT_THAT(outcome.notices, ElementsAre("recording_unfinished"));
}

TEST_F(RecordingTest, ATornTailEndsItWithANotice) {
  RecordingWriter writer = open();
  record(writer, 0, 4);
  const std::size_t whole = folder_.read("r").size();
  const std::vector<std::string> texts = record(writer, 4, 5);
  const std::string bytes = folder_.read("r");
  for (std::size_t size = whole + 1; size < bytes.size(); ++size) {
    const Outcome outcome = read_all(bytes.substr(0, size));
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.ticks.size(), 4U);
    EXPECT_THAT(outcome.notices, ElementsAre("recording_torn"));
    const std::string zeros(100, '\0');  // as after a power cut
    EXPECT_THAT(read_all(bytes.substr(0, size) + zeros).notices, ElementsAre("recording_torn"));
  }
}

TEST_F(RecordingTest, DamageInTheMiddleIsAnErrorWithItsOffset) {
  RecordingWriter writer = open();
  record(writer, 0, 2);
  const std::size_t offset = folder_.read("r").size();
  record(writer, 2, 4);
  ASSERT_TRUE(writer.finish());
  const std::string bytes = folder_.read("r");
  for (const std::size_t at : {offset, offset + 4, offset + 8, offset + 12, offset + 16, offset + 25}) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const Outcome outcome = read_all(damaged);
    EXPECT_EQ(outcome.ticks.size(), 2U) << "what comes before is given";
    EXPECT_THAT(outcome.error, HasSubstr("f: damaged frame at byte " + std::to_string(offset) + ": the checksum"));
  }
}

TEST_F(RecordingTest, OtherFilesAndOtherVersionsAreRefused) {
  EXPECT_THAT(read_all("").error, HasSubstr("f is no recording"));
  EXPECT_THAT(read_all("PK\x03\x04 something else").error, HasSubstr("f is no recording"));
  RecordingWriter writer = open();
  std::string bytes = folder_.read("r");
  bytes[8] = 2;
  EXPECT_THAT(read_all(bytes).error, HasSubstr("f has version 2 of the recording format; this pmon reads version 1"));
}

// A file as another version of pmon may write it.
std::string file_with(const std::string& header, FrameKind kind, const std::string& payload) {
  auto frames = FrameWriter::make();
  EXPECT_TRUE(frames);
  std::string bytes = preamble();
  EXPECT_TRUE(frames->append(FrameKind::kHeader, header, bytes));
  EXPECT_TRUE(frames->append(kind, payload, bytes));
  EXPECT_TRUE(frames->append(FrameKind::kEnd, "{}", bytes));
  return bytes;
}

TEST_F(RecordingTest, ANewerOnesMetricsAndFramesAreLeftOutWithANotice) {
  Header header = a_header();
  header.metrics = own_columns();
  header.metrics[3].name = "gpu_seconds_total";
  header.metrics[3].label = "";
  header.writer = "9.9";
  const std::string bytes = file_with(header_text(header), static_cast<FrameKind>(77), "what is this");
  const auto reader = RecordingReader::open(std::make_unique<MemorySource>(bytes));
  ASSERT_TRUE(reader) << reader.error().text();
  EXPECT_EQ(reader->header().capabilities.why_missing(static_cast<Metric>(3)),
            "the recording was made by pmon 9.9, which did not have it");
  EXPECT_THAT(read_all(bytes).notices, ElementsAre("recording_newer", "recording_newer"));
  EXPECT_EQ(read_all(bytes).error, "");
}

TEST_F(RecordingTest, AHeaderThatIsNoneIsDamage) {
  const std::string good = [] {
    Header header = a_header();
    header.metrics = own_columns();
    return header_text(header);
  }();
  EXPECT_THAT(read_all(file_with(good, FrameKind::kEnd, "{}")).error, HasSubstr(": it comes after the end"));
  EXPECT_THAT(read_all(file_with(good, FrameKind::kHeader, good)).error, HasSubstr(": a second header"));
  for (const char* bad : {"", "[]", "{\"pmon\":1}", "{\"pmon\":\"1\"}", "[[[["}) {
    EXPECT_THAT(read_all(file_with(bad, FrameKind::kEnd, "{}")).error, HasSubstr("damaged frame at byte 16: header: "))
        << bad;
  }
  std::string deep(500'000, '[');
  EXPECT_THAT(read_all(file_with(deep, FrameKind::kEnd, "{}")).error, HasSubstr("damaged frame at byte 16"));
  EXPECT_THAT(read_all(file_with(good, FrameKind::kDelta, "\x01")).error, HasSubstr("without a key frame"));
}

// With a limit on the size of files in the place of a full disk: write(2) stops in the middle of a frame, then fails.
TEST_F(RecordingTest, AWriteThatFailsLeavesAWholeFile) {
  RecordingWriter writer = open();
  std::vector<std::string> texts = record(writer, 0, 5);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{writer.bytes() + 300, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  Result<void> done;
  for (int n = 5; n < 50 && done; ++n) {
    const Snapshot snapshot = host_.snapshot(n);
    done = writer.append(tick_at(n), snapshot, capabilities_);
    if (done) texts.push_back(text_of(snapshot));
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text(), HasSubstr("write recording " + folder_.file("r") +
                                             ": File too large (what was "
                                             "recorded until now is whole)"));
  const Outcome outcome = read_all(folder_.read("r"));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.ticks, texts);
  EXPECT_THAT(outcome.notices, ElementsAre("recording_unfinished"));
}

}  // namespace
}  // namespace pmon::recording
