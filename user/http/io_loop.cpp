// SPDX-License-Identifier: Apache-2.0
#include "http/io_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "http/worker_pool.h"

namespace pmon::http {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kWakeId = 0;  // then the listeners, then connections
constexpr int kAcceptAtOnce = 32;     // before those that are there have their turn
constexpr std::size_t kLarge = 1 << 20;
constexpr milliseconds kAcceptPause{200};
constexpr milliseconds kReadingTime{1000};  // no response that is younger is taken from its client

bool watch(const Socket& epoll, int operation, int fd, std::uint64_t id, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  return ::epoll_ctl(epoll.fd(), operation, fd, &event) == 0;
}

bool waits_for_client(Connection::State state) {
  return state == Connection::State::kHandshake || state == Connection::State::kReading ||
         state == Connection::State::kDraining;
}

}  // namespace

void IoLoop::Mailbox::put(Id id, Response response) {
  {
    const std::lock_guard lock(mutex);
    answers.push_back({id, std::move(response)});
  }
  ring();
}

void IoLoop::Mailbox::ring() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake.fd(), &one, sizeof one);  // full: it rings already
}

IoLoop::IoLoop(std::vector<Socket> listeners, Options options, Wrap wrap, Serve serve)
    : options_(std::move(options)),
      wrap_(std::move(wrap)),
      serve_(std::move(serve)),
      listeners_(std::move(listeners)),
      next_id_(listeners_.size() + 1) {}

Result<std::unique_ptr<IoLoop>> IoLoop::start(std::vector<Socket> listeners, Options options, Wrap wrap, Serve serve) {
  std::unique_ptr<IoLoop> loop(new IoLoop(std::move(listeners), std::move(options), std::move(wrap), std::move(serve)));
  if (auto opened = loop->open(); !opened) return std::unexpected(opened.error());
  loop->thread_ = quiet_thread("pmon-http", [raw = loop.get()] { raw->run(); });
  return loop;
}

Result<void> IoLoop::open() {
  epoll_ = Socket(::epoll_create1(EPOLL_CLOEXEC));
  mailbox_->wake = Socket(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (epoll_.fd() < 0 || mailbox_->wake.fd() < 0) return fail_errno(errno, "HTTP server: epoll");
  if (!watch(epoll_, EPOLL_CTL_ADD, mailbox_->wake.fd(), kWakeId, EPOLLIN))
    return fail_errno(errno, "HTTP server: epoll");
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (!watch(epoll_, EPOLL_CTL_ADD, listeners_[i].fd(), i + 1, EPOLLIN)) {
      return fail_errno(errno, "HTTP server: epoll");
    }
  }
  return {};
}

void IoLoop::stop() {
  stopping_ = true;
  if (!thread_.joinable()) return;
  mailbox_->ring();
  thread_.join();
}

ClientCounts IoLoop::counts() const {
  return {accepted_.load(), refused_.load(), displaced_.load(), expired_.load(), requests_.load()};
}

void IoLoop::run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll_.fd(), events.data(), events.size(), wait_time());
    now_ = std::chrono::steady_clock::now();
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      handle(event.data.u64, event.events);
    }
    expire();
    if (stopping_ && !stop_at_) begin_stop();
    if (stop_at_ && (connections_.empty() || now_ >= *stop_at_)) break;
  }
  connections_.clear();
}

void IoLoop::handle(Id id, std::uint32_t events) {
  if (id == kWakeId) {
    std::uint64_t rings = 0;
    [[maybe_unused]] const ssize_t got = ::read(mailbox_->wake.fd(), &rings, sizeof rings);
    take_answers();
  } else if (id <= listeners_.size()) {
    accept_from(listeners_[id - 1]);
  } else if (const auto entry = connections_.find(id); entry != connections_.end()) {
    // A client that is gone while its request is served: nobody to tell.
    const bool gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
    if (gone && entry->second.connection->state() == Connection::State::kServing) return remove(id);
    entry->second.connection->advance(now_);
    drive(id);
  }
}

void IoLoop::accept_from(const Socket& listener) {
  for (int i = 0; i < kAcceptAtOnce && !stop_at_; ++i) {
    Socket socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.fd() >= 0) {
      add(std::move(socket));
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    const bool exhausted = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
    if (exhausted && !make_room()) return pause_accepting();
  }
}

void IoLoop::add(Socket socket) {
  ++accepted_;
  if (connections_.size() >= options_.connections && !make_room()) {
    ++refused_;
    return;
  }
  const int on = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto transport = wrap_(std::move(socket));
  if (!transport) {
    ++refused_;
    return;
  }
  const Id id = next_id_++;
  Entry entry{std::make_unique<Connection>(std::move(transport), options_.connection, now_)};
  if (!watch(epoll_, EPOLL_CTL_ADD, entry.connection->fd(), id, 0)) return;
  const auto place = connections_.emplace(id, std::move(entry)).first;
  place->second.connection->advance(now_);
  drive(id);
}

// Lets go of the connection that has waited longest for its client.
bool IoLoop::make_room() {
  auto longest = connections_.end();
  bool longest_waits = false;
  for (auto entry = connections_.begin(); entry != connections_.end(); ++entry) {
    const Connection& connection = *entry->second.connection;
    const bool waits = waits_for_client(connection.state());
    const bool reads_slowly =
        connection.state() == Connection::State::kWriting && now_ - connection.since() > kReadingTime;
    if (!waits && !reads_slowly) continue;
    if (longest == connections_.end() || (waits && !longest_waits) ||
        (waits == longest_waits && connection.since() < longest->second.connection->since())) {
      longest = entry;
      longest_waits = waits;
    }
  }
  if (longest == connections_.end()) return false;
  ++displaced_;
  remove(longest->first);
  return true;
}

// After something happened to a connection: serves its request, watches for what it waits for.
void IoLoop::drive(Id id) {
  const auto place = connections_.find(id);
  if (place == connections_.end()) return;
  Entry& entry = place->second;
  const Connection::State state = entry.connection->state();
  if (state == Connection::State::kClosed || (stop_at_ && waits_for_client(state))) return remove(id);
  if (entry.large && state != Connection::State::kWriting) {
    entry.large = false;
    if (options_.on_large_freed) options_.on_large_freed();
  }
  if (const std::uint32_t interest = entry.connection->interest(); interest != entry.watched) {
    watch(epoll_, EPOLL_CTL_MOD, entry.connection->fd(), id, interest);
    entry.watched = interest;
  }
  if (state != Connection::State::kServing) return;
  ++requests_;
  Request request = entry.connection->take_request();
  serve_(std::move(request), [mailbox = mailbox_, id](Response response) { mailbox->put(id, std::move(response)); });
}

void IoLoop::take_answers() {
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(mailbox_->mutex);
    answers.swap(mailbox_->answers);
  }
  for (Answer& answer : answers) {
    const auto place = connections_.find(answer.id);
    if (place == connections_.end() || place->second.connection->state() != Connection::State::kServing) continue;
    Connection& connection = *place->second.connection;
    connection.respond(std::move(answer.response), stop_at_.has_value(), now_);
    place->second.large = connection.unsent() > kLarge;
    connection.advance(now_);
    drive(answer.id);
  }
  limit_unsent();
}

void IoLoop::limit_unsent() {
  for (;;) {
    std::size_t unsent = 0;
    std::size_t writing = 0;
    auto longest = connections_.end();
    for (auto entry = connections_.begin(); entry != connections_.end(); ++entry) {
      const Connection& connection = *entry->second.connection;
      if (connection.state() != Connection::State::kWriting) continue;
      ++writing;
      unsent += connection.unsent();
      if (longest == connections_.end() || connection.since() < longest->second.connection->since()) longest = entry;
    }
    if (unsent <= options_.unsent_bytes || writing < 2) return;
    ++displaced_;
    remove(longest->first);
  }
}

void IoLoop::expire() {
  if (accept_again_ && now_ >= *accept_again_) {
    accept_again_.reset();
    watch_listeners(EPOLLIN);
  }
  std::vector<Id> due;
  for (const auto& [id, entry] : connections_) {
    if (now_ >= entry.connection->deadline()) due.push_back(id);
  }
  for (const Id id : due) {
    Connection& connection = *connections_.at(id).connection;
    if (connection.state() != Connection::State::kDraining) ++expired_;
    connection.expire(now_);
    drive(id);
  }
}

void IoLoop::remove(Id id) {
  const auto place = connections_.find(id);
  const bool large = place->second.large;
  connections_.erase(place);
  if (large && options_.on_large_freed) options_.on_large_freed();
}

void IoLoop::begin_stop() {
  stop_at_ = now_ + options_.stop_time;
  listeners_.clear();  // which takes them out of the epoll set, too
  std::vector<Id> waiting;
  for (const auto& [id, entry] : connections_) {
    if (waits_for_client(entry.connection->state())) waiting.push_back(id);
  }
  for (const Id id : waiting) remove(id);
}

void IoLoop::pause_accepting() {
  accept_again_ = now_ + kAcceptPause;
  watch_listeners(0);
}

void IoLoop::watch_listeners(std::uint32_t events) {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    watch(epoll_, EPOLL_CTL_MOD, listeners_[i].fd(), i + 1, events);
  }
}

// For epoll_wait: until the next deadline, for ever where there is none.
int IoLoop::wait_time() const {
  Moment next = Moment::max();
  if (accept_again_) next = std::min(next, *accept_again_);
  if (stop_at_) next = std::min(next, *stop_at_);
  for (const auto& [id, entry] : connections_) next = std::min(next, entry.connection->deadline());
  if (next == Moment::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(next - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

}  // namespace pmon::http
