// SPDX-License-Identifier: Apache-2.0
#include "export/sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2] = {-1, -1};
};

TEST(FdSink, AReaderThatWentAwayIsNoError) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  FdSink sink(pipe.ends[1], "stdout");
  EXPECT_EQ(sink.write("x").value(), Output::Reader::kListening);
  close(pipe.ends[0]);
  EXPECT_EQ(sink.write("x").value(), Output::Reader::kGone);
}

TEST(FdSink, AFullDiskIsAnError) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  FdSink sink(full, "stdout");
  const auto result = sink.write("x");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().text(), "write stdout: No space left on device");
  close(full);
}

TEST(FdSink, KeepsWhatASlowReaderDoesNotTakeAndDrainsItAtTheEnd) {
  for (const bool blocking : {true, false}) {
    Pipe pipe;
    if (!blocking) {
      ASSERT_EQ(fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK), 0);
    }
    const std::string text(300'000, 'x');  // more than the pipe holds
    FdSink sink(pipe.ends[1], "stdout");
    EXPECT_EQ(sink.write(text).value(), Output::Reader::kListening);  // nobody reads, and it returns
    std::string received;
    std::jthread reader([&] {
      char buffer[4096];
      while (received.size() < text.size()) {
        const ssize_t count = read(pipe.ends[0], buffer, sizeof buffer);
        if (count <= 0) return;
        received.append(buffer, static_cast<std::size_t>(count));
      }
    });
    EXPECT_TRUE(sink.drain(std::chrono::seconds(10)));
    reader.join();
    EXPECT_EQ(received, text);
    EXPECT_EQ(sink.take_lost_lines(), 0U);
  }
}

TEST(FdSink, CountsTheLinesThatFindNoRoomAndTellsOfThemOnceTheReaderIsBack) {
  Pipe pipe;
  FdSink sink(pipe.ends[1], "stdout");
  const std::string most(FdSink::kMostKept, 'x');
  EXPECT_TRUE(sink.write(most));
  EXPECT_TRUE(sink.write(most));
  EXPECT_TRUE(sink.write("one\ntwo\n" + most));
  EXPECT_EQ(sink.take_lost_lines(), 0U) << "not while nobody would read it";
  const auto left = sink.drain(std::chrono::milliseconds(1));
  ASSERT_FALSE(left);
  EXPECT_NE(left.error().text().find("nobody has read"), std::string::npos);
  std::jthread reader([&] {
    char buffer[65536];
    while (read(pipe.ends[0], buffer, sizeof buffer) > 0) {
    }
  });
  (void)sink.drain(std::chrono::seconds(10));
  EXPECT_EQ(sink.take_lost_lines(), 2U);
  EXPECT_EQ(sink.take_lost_lines(), 0U);
  close(pipe.ends[1]);
  pipe.ends[1] = -1;
}

TEST(FdSink, OnlyATerminalHasColumns) {
  Pipe pipe;
  EXPECT_EQ(FdSink(pipe.ends[1], "stdout").columns(), std::nullopt);
}

}  // namespace
}  // namespace pmon
