// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "http/message.h"
#include "http/request_parser.h"
#include "http/transport.h"

namespace pmon::http {

using Moment = std::chrono::steady_clock::time_point;

struct ConnectionLimits {
  RequestLimits request;
  unsigned requests = 1000;  // then it is closed
  std::chrono::milliseconds request_timeout{
      10000};  // from a request's first byte (the connect, for the first) to its last
  std::chrono::milliseconds idle_timeout{60000};      // between two requests
  std::chrono::milliseconds response_timeout{10000};  // for the client to take a response …
  std::size_t response_rate = 256 << 10;              // … and a second more for each so many bytes
};

// One client: takes requests out of its transport and puts responses into it, never waiting. Whoever owns it calls
// advance() when the socket is ready, and drops it at its deadline. One thread.
class Connection {
 public:
  enum class State : std::uint8_t {
    kHandshake,
    kReading,  // waits for a request, or for the rest of one
    kServing,  // take_request() has one; until respond()
    kWriting,  // waits for the client to take the response
    // Has said its last, and reads on for a moment: a socket that is closed with bytes unread in it takes the answer
    // away from the client.
    kDraining,
    kClosed,  // to be dropped
  };

  Connection(std::unique_ptr<Transport> transport, const ConnectionLimits& limits, Moment now);

  // As far as it goes without waiting.
  void advance(Moment now);
  // Once in kServing.
  [[nodiscard]] Request take_request();
  // In kServing. `last`: close behind it.
  void respond(Response response, bool last, Moment now);
  // At the deadline: a client in the middle of a request is told (408); then it is closed.
  void expire(Moment now);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Moment since() const { return since_; }  // in this state
  [[nodiscard]] Moment deadline() const { return deadline_; }
  [[nodiscard]] std::uint32_t interest() const;  // epoll events
  [[nodiscard]] int fd() const { return transport_->fd(); }
  [[nodiscard]] std::size_t unsent() const { return unsent_; }  // bytes of the response

 private:
  void enter(State state, Moment now);
  bool shake_hands(Moment now);
  bool read(Moment now);
  bool write(Moment now);
  void drain();
  bool take_in(RequestParser::Progress progress, Moment now);
  void send(Response response, bool last, Moment now);
  bool wait_for(const IoResult& result);

  std::unique_ptr<Transport> transport_;
  const ConnectionLimits& limits_;
  RequestParser parser_;
  State state_ = State::kHandshake;
  Moment since_;
  Moment deadline_;
  bool wants_write_ = false;
  bool head_only_ = false;   // the request is HEAD
  bool keep_alive_ = false;  // after this response
  unsigned requests_ = 0;
  std::size_t drained_ = 0;  // bytes
  std::deque<std::string> output_;
  std::size_t sent_of_front_ = 0;
  std::size_t unsent_ = 0;
};

}  // namespace pmon::http
