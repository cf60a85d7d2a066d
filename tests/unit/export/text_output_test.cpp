// SPDX-License-Identifier: Apache-2.0
#include "export/text_output.h"

#include <cstdlib>
#include <ctime>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../golden/golden.h"
#include "day.h"
#include "support.h"

namespace pmon {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class TextOutputTest : public testing::Test {
 protected:
  TextOutputTest() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

TEST_F(TextOutputTest, ADayInAPipe) {
  test::StringSink sink;
  TextOutput output(sink, false);
  test::play(output);
  ASSERT_TRUE(output.flush().has_value());
  test::expect_golden("watch.txt", sink.written);
}

TEST_F(TextOutputTest, FitsEightyColumnsAndObeysNoProcess) {
  test::StringSink sink;
  TextOutput output(sink, false);
  test::play(output);
  ASSERT_TRUE(output.flush().has_value());
  std::istringstream lines(sink.written);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_THAT(line, Not(EndsWith(" ")));
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c < 0x7f) << line;
  }
}

TEST_F(TextOutputTest, ColourIsPaintAndNothingElse) {
  test::StringSink plain;
  test::StringSink painted;
  TextOutput without(plain, false);
  TextOutput with(painted, true);
  test::play(without);
  test::play(with);
  ASSERT_TRUE(without.flush() && with.flush());
  EXPECT_THAT(painted.written, HasSubstr("\x1b[1;31mFIRING\x1b[0m"));
  std::string stripped = painted.written;
  for (std::size_t at = stripped.find('\x1b'); at != std::string::npos; at = stripped.find('\x1b')) {
    stripped.erase(at, stripped.find('m', at) - at + 1);
  }
  EXPECT_EQ(stripped, plain.written);
}

WatchStatus some_status() {
  WatchStatus status;
  status.elapsed_seconds = 750;
  status.targets = 3;
  status.waiting = 1;
  status.cpu_cores = 0.93;
  status.threads = 5012;
  status.alerts_firing = 1;
  return status;
}

TEST_F(TextOutputTest, TheStatusLineMakesRoomForNews) {
  test::StringSink terminal(80);
  TextOutput output(terminal, false);
  output.status(some_status());
  ASSERT_TRUE(output.flush().has_value());
  const std::string line = "12m30s  3 processes (1 not there)  cpu 93.0%  thr 5012  rss -  1 alert firing";
  EXPECT_EQ(terminal.written, line);

  terminal.written.clear();
  output.event(test::kNoon, {LifecycleEvent::Kind::kExec, {1, 1}, "sh"});
  output.status(some_status());
  ASSERT_TRUE(output.flush().has_value());
  EXPECT_EQ(terminal.written, "\r\x1b[K11-15 12:00:00 EXEC     sh[1]\n" + line);

  terminal.written.clear();
  output.summary({});
  ASSERT_TRUE(output.flush().has_value());
  EXPECT_THAT(terminal.written, StartsWith("\r\x1b[KWatched "));
  EXPECT_THAT(terminal.written, EndsWith("\n"));
}

TEST_F(TextOutputTest, TheStatusLineNeverScrolls) {
  test::StringSink narrow(20);
  TextOutput output(narrow, false);
  output.status(some_status());
  ASSERT_TRUE(output.flush().has_value());
  EXPECT_EQ(narrow.written.size(), 19U);
}

TEST_F(TextOutputTest, TheStatusLineGoesWithTheOutput) {
  test::StringSink terminal(80);
  {
    TextOutput output(terminal, false);
    output.status(some_status());
    ASSERT_TRUE(output.flush().has_value());
  }
  EXPECT_THAT(terminal.written, EndsWith("\r\x1b[K"));
}

TEST_F(TextOutputTest, NoStatusLineInAPipe) {
  test::StringSink pipe;
  TextOutput output(pipe, false);
  output.status(some_status());
  ASSERT_TRUE(output.flush().has_value());
  EXPECT_EQ(pipe.written, "");
}

TEST_F(TextOutputTest, RatesAreOfTheSameProcess) {
  test::StringSink sink;
  TextOutput output(sink, false);
  output.sample(0, test::worker(10, 1, 0), std::nullopt);
  ProcessSample successor = test::worker(11, 1, 0);
  successor.key.start_ticks += 1;  // the pid was used again
  output.sample(1000, successor, 1.0);
  ASSERT_TRUE(output.flush().has_value());
  EXPECT_THAT(sink.written, Not(HasSubstr("%")));
}

}  // namespace
}  // namespace pmon
