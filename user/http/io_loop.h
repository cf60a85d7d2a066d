// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "http/connection.h"
#include "http/transport.h"
#include "pmon/result.h"

namespace pmon::http {

// How the clients behaved, since the start.
struct ClientCounts {
  std::uint64_t accepted = 0;   // connections
  std::uint64_t refused = 0;    // closed at once: no room
  std::uint64_t displaced = 0;  // closed to make room for a newer one
  std::uint64_t expired = 0;    // too slow
  std::uint64_t requests = 0;
};

// Takes connections and moves their bytes, all in one thread that never waits for a client: a slow one costs its
// buffers and nothing else. No more than so many connections are open: for one more, the one that has waited the
// longest for its request goes, so that a client who sends its request at once is served however many do not. What
// clients have not read yet is bounded as well; beyond it the longest unread response goes.
class IoLoop {
 public:
  // Hands the answer back, from any thread; later ones, and ones for a client that is gone, are dropped.
  using Reply = std::function<void(Response)>;
  // Called in the loop's thread, must not wait.
  using Serve = std::function<void(Request, Reply)>;
  // nullptr where it cannot be.
  using Wrap = std::function<std::unique_ptr<Transport>(Socket)>;

  struct Options {
    ConnectionLimits connection;
    std::size_t connections = 128;
    std::size_t unsent_bytes = 64 << 20;
    std::chrono::milliseconds stop_time{1000};  // for the responses under way, once stop() is called
    std::function<void()> on_large_freed;       // a response of more than a megabyte has left memory
  };

  [[nodiscard]] static Result<std::unique_ptr<IoLoop>> start(std::vector<Socket> listeners, Options options, Wrap wrap,
                                                             Serve serve);
  ~IoLoop() { stop(); }
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  // Takes no more connections, lets go of those that wait, gives responses under way a moment. Idempotent.
  void stop();
  [[nodiscard]] ClientCounts counts() const;

 private:
  using Id = std::uint64_t;
  struct Answer {
    Id id;
    Response response;
  };
  // What worker threads hand to the loop; outlives it where one of them is late.
  struct Mailbox {
    std::mutex mutex;
    std::vector<Answer> answers;
    Socket wake;  // an eventfd
    void put(Id id, Response response);
    void ring() const;
  };

  IoLoop(std::vector<Socket> listeners, Options options, Wrap wrap, Serve serve);

  Result<void> open();
  void run();
  void handle(Id id, std::uint32_t events);
  void accept_from(const Socket& listener);
  void add(Socket socket);
  bool make_room();
  void drive(Id id);
  void take_answers();
  void limit_unsent();
  void expire();
  void remove(Id id);
  void begin_stop();
  void pause_accepting();
  void watch_listeners(std::uint32_t events);
  [[nodiscard]] int wait_time() const;

  const Options options_;
  const Wrap wrap_;
  const Serve serve_;
  std::vector<Socket> listeners_;
  Socket epoll_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  struct Entry {
    std::unique_ptr<Connection> connection;
    std::uint32_t watched = 0;
    bool large = false;
  };
  std::map<Id, Entry> connections_;
  Id next_id_;
  Moment now_;
  std::optional<Moment> accept_again_;  // while there are no descriptors left
  std::optional<Moment> stop_at_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> accepted_ = 0, refused_ = 0, displaced_ = 0, expired_ = 0, requests_ = 0;
  std::thread thread_;
};

}  // namespace pmon::http
