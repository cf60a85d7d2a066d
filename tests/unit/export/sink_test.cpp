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

TEST(FdSink, WaitsForASlowReaderOfANonBlockingPipe) {
  Pipe pipe;
  ASSERT_EQ(fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK), 0);
  const std::string text(300'000, 'x');  // more than the pipe holds
  std::string received;
  std::jthread reader([&] {
    char buffer[4096];
    while (received.size() < text.size()) {
      const ssize_t count = read(pipe.ends[0], buffer, sizeof buffer);
      if (count <= 0) return;
      received.append(buffer, static_cast<std::size_t>(count));
    }
  });
  FdSink sink(pipe.ends[1], "stdout");
  EXPECT_EQ(sink.write(text).value(), Output::Reader::kListening);
  reader.join();
  EXPECT_EQ(received, text);
}

TEST(FdSink, OnlyATerminalHasColumns) {
  Pipe pipe;
  EXPECT_EQ(FdSink(pipe.ends[1], "stdout").columns(), std::nullopt);
}

}  // namespace
}  // namespace pmon
