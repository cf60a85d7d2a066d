// SPDX-License-Identifier: Apache-2.0
#include "export/sink.h"

#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace pmon {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// A pipe that is ready takes this much without waiting (pipe(7)), and a terminal's buffer is larger.
constexpr std::size_t kChunk = PIPE_BUF;

bool ready_within(int fd, Milliseconds patience) {
  pollfd wanted{fd, POLLOUT, 0};
  return ::poll(&wanted, 1, static_cast<int>(std::max<Milliseconds::rep>(0, patience.count()))) > 0;
}

}  // namespace

Result<Output::Reader> FdSink::push(Milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::size_t at = 0;
  Result<Output::Reader> reader = Output::Reader::kListening;
  while (at < kept_.size() && ready_within(fd_, std::chrono::ceil<Milliseconds>(deadline - Clock::now()))) {
    const ssize_t written = ::write(fd_, kept_.data() + at, std::min(kept_.size() - at, kChunk));
    if (written >= 0) {
      at += static_cast<std::size_t>(written);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) break;
    const int error = errno;
    at = kept_.size();
    reader = error == EPIPE ? Result<Output::Reader>(Output::Reader::kGone)
                            : fail_errno(error, fmt::format("write {}", name_));
  }
  kept_.erase(0, at);
  return reader;
}

Result<Output::Reader> FdSink::write(std::string_view text) {
  if (!kept_.empty() && kept_.size() + text.size() > kMostKept) {
    lost_lines_ += static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
  } else {
    kept_ += text;
  }
  return push(patience_);
}

std::uint64_t FdSink::take_lost_lines() { return kept_.empty() ? std::exchange(lost_lines_, 0) : 0; }

Result<void> FdSink::drain(Milliseconds timeout) {
  const auto reader = push(timeout);
  if (!reader) return std::unexpected(reader.error());
  if (kept_.empty() && lost_lines_ == 0) return {};
  return fail(ErrorKind::kFailed,
              fmt::format("write {}: nobody has read the last {} lines", name_,
                          lost_lines_ + static_cast<std::uint64_t>(std::ranges::count(kept_, '\n'))),
              "let the reader of pmon's output keep up, or write to a file");
}

std::optional<std::size_t> FdSink::columns() const {
  winsize size{};
  if (::isatty(fd_) == 0 || ::ioctl(fd_, TIOCGWINSZ, &size) != 0) return std::nullopt;
  return size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace pmon
