// SPDX-License-Identifier: Apache-2.0
#include "export/sink.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

namespace pmon {

Result<Output::Reader> FdSink::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return Output::Reader::kGone;
    } else if (errno == EAGAIN) {  // another program made our end of the pipe non-blocking
      pollfd ready{fd_, POLLOUT, 0};
      (void)::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return fail_errno(errno, fmt::format("write {}", name_));
    }
  }
  return Output::Reader::kListening;
}

std::optional<std::size_t> FdSink::columns() const {
  winsize size{};
  if (::isatty(fd_) == 0 || ::ioctl(fd_, TIOCGWINSZ, &size) != 0) return std::nullopt;
  return size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace pmon
