// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <sys/epoll.h>

#include <array>
#include <utility>

namespace pmon::http {
namespace {

constexpr std::size_t kReadBytes = 8 << 10;
constexpr std::size_t kWriteBytes = 1 << 20;  // at once, before others have their turn
constexpr std::chrono::milliseconds kDrainTime{1000};
constexpr std::size_t kDrainBytes = 256 << 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(std::unique_ptr<Transport> transport, const ConnectionLimits& limits, Moment now)
    : transport_(std::move(transport)), limits_(limits), parser_(limits.request), since_(now) {
  enter(State::kHandshake, now);
}

void Connection::enter(State state, Moment now) {
  state_ = state;
  since_ = now;
  wants_write_ = false;
  switch (state) {
    case State::kHandshake: deadline_ = now + limits_.request_timeout; break;
    case State::kReading:
      deadline_ = now + (requests_ == 0 || parser_.started() ? limits_.request_timeout : limits_.idle_timeout);
      break;
    case State::kServing: deadline_ = Moment::max(); break;
    case State::kWriting:
      deadline_ = now + limits_.response_timeout + std::chrono::seconds(unsent_ / limits_.response_rate);
      break;
    case State::kDraining: deadline_ = now + kDrainTime; break;
    case State::kClosed: deadline_ = now; break;
  }
}

std::uint32_t Connection::interest() const {
  if (state_ == State::kServing || state_ == State::kClosed) return 0;
  return wants_write_ ? EPOLLOUT : EPOLLIN;
}

void Connection::advance(Moment now) {
  bool further = true;
  while (further) {
    switch (state_) {
      case State::kHandshake: further = shake_hands(now); break;
      case State::kReading: further = read(now); break;
      case State::kWriting: further = write(now); break;
      case State::kDraining: drain(); return;
      case State::kServing:
      case State::kClosed: further = false; break;
    }
  }
}

// Whether the socket moved at all; where not, what to wait for.
bool Connection::wait_for(const IoResult& result) {
  switch (result.state) {
    case IoResult::State::kDone: return true;
    case IoResult::State::kWantRead: wants_write_ = false; return false;
    case IoResult::State::kWantWrite: wants_write_ = true; return false;
    case IoResult::State::kEnd: state_ = State::kClosed; return false;
  }
  return false;
}

bool Connection::shake_hands(Moment now) {
  if (!wait_for(transport_->handshake())) return false;
  const Moment deadline = deadline_;
  enter(State::kReading, now);
  deadline_ = deadline;  // both together
  return true;
}

bool Connection::read(Moment now) {
  // First what came along with the request before.
  if (parser_.started() && requests_ > 0 && take_in(parser_.parse(), now)) return true;
  std::array<char, kReadBytes> bytes;
  const IoResult result = transport_->read(bytes);
  if (!wait_for(result)) return false;
  if (!parser_.started() && requests_ > 0) deadline_ = now + limits_.request_timeout;
  parser_.append({bytes.data(), result.bytes});
  take_in(parser_.parse(), now);
  return true;
}

// Whether this ended the reading.
bool Connection::take_in(RequestParser::Progress progress, Moment now) {
  switch (progress) {
    case RequestParser::Progress::kIncomplete:
      if (parser_.wants_continue())
        transport_->write(kContinue);  // 25 bytes: where they do not fit, the client goes on
      return false;
    case RequestParser::Progress::kComplete:
      ++requests_;
      enter(State::kServing, now);
      return true;
    case RequestParser::Progress::kRefused:
      head_only_ = false;
      send(parser_.refusal(), true, now);
      return true;
  }
  return true;
}

Request Connection::take_request() {
  Request request = parser_.take();
  keep_alive_ = request.keep_alive;
  head_only_ = request.method == "HEAD";
  return request;
}

void Connection::respond(Response response, bool last, Moment now) {
  send(std::move(response), last || !keep_alive_ || requests_ >= limits_.requests, now);
}

void Connection::send(Response response, bool last, Moment now) {
  keep_alive_ = !last;
  std::string head = head_of(response, keep_alive_);
  unsent_ = head.size();
  output_.push_back(std::move(head));
  if (!head_only_) {
    unsent_ += response.body_size();
    for (std::string& piece : response.body) {
      if (!piece.empty()) output_.push_back(std::move(piece));
    }
  }
  enter(State::kWriting, now);
}

bool Connection::write(Moment now) {
  std::size_t written = 0;
  while (!output_.empty()) {
    if (written >= kWriteBytes) {
      wants_write_ = true;  // ready at once
      return false;
    }
    const std::string& front = output_.front();
    const IoResult result = transport_->write(std::string_view(front).substr(sent_of_front_));
    if (!wait_for(result)) return false;
    written += result.bytes;
    unsent_ -= result.bytes;
    sent_of_front_ += result.bytes;
    if (sent_of_front_ == front.size()) {
      output_.pop_front();
      sent_of_front_ = 0;
    }
  }
  output_.shrink_to_fit();
  if (keep_alive_) {
    enter(State::kReading, now);
  } else {
    transport_->end_writing();
    enter(State::kDraining, now);
  }
  return true;
}

// One read at a time: a client that sends without end must not hold the loop.
void Connection::drain() {
  std::array<char, kReadBytes> bytes;
  const IoResult result = transport_->read(bytes);
  drained_ += result.bytes;
  if (wait_for(result) && drained_ > kDrainBytes) state_ = State::kClosed;
}

void Connection::expire(Moment now) {
  const bool in_request = state_ == State::kReading && parser_.started();
  if (!in_request) return enter(State::kClosed, now);
  head_only_ = false;
  send(plain(408, "the request took too long\n"), true, now);
  advance(now);
}

}  // namespace pmon::http
