// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace pmon::http {

// A file descriptor that closes itself.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] int release();

 private:
  int fd_ = -1;
};

struct IoResult {
  enum class State : std::uint8_t {
    kDone,       // `bytes` of them were moved
    kWantRead,   // nothing yet: again once the socket can be read
    kWantWrite,  // … written
    kEnd,        // the other side has ended, or the connection is broken
  };
  State state = State::kEnd;
  std::size_t bytes = 0;
};

// The bytes of one connection over a socket that does not block.
class Transport {
 public:
  virtual ~Transport() = default;
  // Until kDone; before anything else.
  virtual IoResult handshake() = 0;
  virtual IoResult read(std::span<char> into) = 0;
  virtual IoResult write(std::string_view from) = 0;
  // Says that nothing more will be written.
  virtual void end_writing() = 0;
  [[nodiscard]] virtual int fd() const = 0;
};

[[nodiscard]] std::unique_ptr<Transport> plain_transport(Socket socket);

}  // namespace pmon::http
