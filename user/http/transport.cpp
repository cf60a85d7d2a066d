// SPDX-License-Identifier: Apache-2.0
#include "http/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace pmon::http {
namespace {

class PlainTransport : public Transport {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {}

  IoResult handshake() override { return {IoResult::State::kDone, 0}; }

  IoResult read(std::span<char> into) override {
    const ssize_t got = ::recv(socket_.fd(), into.data(), into.size(), 0);
    if (got > 0) return {IoResult::State::kDone, static_cast<std::size_t>(got)};
    return got < 0 && may_try_again() ? IoResult{IoResult::State::kWantRead} : IoResult{};
  }

  IoResult write(std::string_view from) override {
    const ssize_t put = ::send(socket_.fd(), from.data(), from.size(), MSG_NOSIGNAL);
    if (put >= 0) return {IoResult::State::kDone, static_cast<std::size_t>(put)};
    return may_try_again() ? IoResult{IoResult::State::kWantWrite} : IoResult{};
  }

  void end_writing() override { ::shutdown(socket_.fd(), SHUT_WR); }
  [[nodiscard]] int fd() const override { return socket_.fd(); }

 private:
  static bool may_try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

  Socket socket_;
};

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

int Socket::release() { return std::exchange(fd_, -1); }

std::unique_ptr<Transport> plain_transport(Socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace pmon::http
