// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/host.h"
#include "http/io_loop.h"
#include "pmon/result.h"

namespace pmon::http {

struct ServerLimits {
  ConnectionLimits connection;          // of each; with what a request may hold
  std::size_t connections = 128;        // open at once
  std::size_t workers = 2;              // threads that ask the host
  std::size_t queued_requests = 64;     // that wait for one; beyond: 503
  std::size_t queued_logins = 16;       // passwords that wait to be checked; beyond: 503
  std::size_t unsent_bytes = 64 << 20;  // of responses that clients have not read yet, all together
};

struct ServerOptions {
  std::vector<std::string> listen = {"127.0.0.1:9777"};  // as listen_at()
  bool metrics = true;                                   // /metrics; else 404
  bool enable_reload = false;                            // POST /-/reload; else 403
  std::string web_config_file;                           // TLS, users, headers; "": none of them
  ServerLimits limits;
};

// Serves a host's state over HTTP/1.1, with TLS and basic authentication where the web configuration says so.
//
// What a client can cost, however slow or hostile it is:
// - Memory: `connections` times (one request and some buffers, with TLS some 50 kB more), `unsent_bytes` (or one
//   response that is larger), one response in the making for each worker. Nothing grows with the number of clients.
// - Time: one thread moves all bytes and never waits for a client; a request must be there within request_timeout,
//   a response taken within response_timeout and a second for each response_rate bytes.
// - Other clients: where all connections are taken, the one that has waited longest for its request makes room, so
//   whoever sends a request at once is served. Health is answered by the thread that moves the bytes, without the
//   monitor and without the queue. A wrong password costs one thread that does nothing else.
// - The monitor: it is asked by `workers` threads at most, so by so many requests at once.
//
// A large response leaves memory once it is sent; so that its pages do so too, the program should keep the thresholds
// of malloc from growing: mallopt(3) with M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of 256 kB.
//
// Its threads take no signals. Calls are thread-safe; the host must outlive it, and must not be asked to answer by a
// thread that is in stop().
class Server {
 public:
  // Errors are kUsage (addresses, the web configuration and its files) or kUnsupported (ports below 1024).
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options, Host& host);
  virtual ~Server() = default;  // as stop()

  // Of the first address.
  [[nodiscard]] virtual int port() const = 0;
  // Reads the web configuration again; an error leaves what is in force. Calling what it returns puts it in force, for
  // connections and requests from then on; the server must live then.
  [[nodiscard]] virtual Result<std::function<void()>> read_web_config() = 0;
  // Both at once.
  [[nodiscard]] Result<void> reload_web_config();
  [[nodiscard]] virtual ClientCounts counts() const = 0;
  // Takes no more requests, gives those under way a second, and waits for the calls into the host that have begun.
  // Idempotent.
  virtual void stop() = 0;
};

}  // namespace pmon::http
