// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <malloc.h>

#include <exception>
#include <mutex>
#include <utility>

#include "http/accept.h"
#include "http/basic_auth.h"
#include "http/gzip.h"
#include "http/listener.h"
#include "http/router.h"
#include "http/tls.h"
#include "http/web_config.h"
#include "http/worker_pool.h"

namespace pmon::http {
namespace {

// What the web configuration asks for, ready for use.
struct Security {
  std::shared_ptr<const TlsContext> tls;  // nullptr: none
  std::shared_ptr<BasicAuth> auth;
  std::vector<Field> headers;
};

Result<std::shared_ptr<const Security>> make_security(const std::string& file) {
  WebConfig config;
  if (!file.empty()) {
    auto loaded = load_web_config(file);
    if (!loaded) return std::unexpected(loaded.error());
    config = std::move(*loaded);
  }
  auto security = std::make_shared<Security>();
  if (config.tls) {
    auto tls = TlsContext::make(*config.tls);
    if (!tls) {
      Error error = tls.error();
      error.message = file + ": " + error.message;
      return std::unexpected(std::move(error));
    }
    security->tls = std::move(*tls);
  }
  security->auth = std::make_shared<BasicAuth>(std::move(config.users));
  security->headers = std::move(config.headers);
  return security;
}

Response unauthorized() {
  Response response = plain(401, "unauthorized\n");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"pmon\", charset=\"UTF-8\"");
  return response;
}

Response too_busy() {
  Response response = plain(503, "too many requests at once\n");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

class ServerImpl : public Server {
 public:
  ServerImpl(ServerOptions options, Host& host, std::shared_ptr<const Security> security)
      : options_(std::move(options)),
        host_(host),
        security_(std::move(security)),
        workers_("pmon-http-work", options_.limits.workers, options_.limits.queued_requests),
        logins_("pmon-http-login", options_.web_config_file.empty() ? 0 : 1, options_.limits.queued_logins) {}
  ~ServerImpl() override { stop_all(); }
  ServerImpl(const ServerImpl&) = delete;
  ServerImpl& operator=(const ServerImpl&) = delete;

  Result<void> open() {
    std::vector<Socket> listeners;
    for (const std::string& address : options_.listen) {
      auto sockets = listen_at(address);
      if (!sockets) return std::unexpected(sockets.error());
      for (Socket& socket : *sockets) listeners.push_back(std::move(socket));
    }
    if (listeners.empty()) return fail(ErrorKind::kUsage, "HTTP server: no address to listen at");
    port_ = port_of(listeners.front());
    IoLoop::Options loop;
    loop.connection = options_.limits.connection;
    loop.connections = options_.limits.connections;
    loop.unsent_bytes = options_.limits.unsent_bytes;
    // Not in the loop's own thread, as it looks at the whole heap.
    loop.on_large_freed = [this] { (void)workers_.submit([] { ::malloc_trim(0); }); };
    auto started = IoLoop::start(
        std::move(listeners), std::move(loop), [this](Socket socket) { return wrap(std::move(socket)); },
        [this](Request request, IoLoop::Reply reply) { admit(std::move(request), std::move(reply)); });
    if (!started) return std::unexpected(started.error());
    loop_ = std::move(*started);
    return {};
  }

  [[nodiscard]] int port() const override { return port_; }
  [[nodiscard]] ClientCounts counts() const override { return loop_->counts(); }
  void stop() override { stop_all(); }

  [[nodiscard]] Result<std::function<void()>> read_web_config() override {
    auto security = make_security(options_.web_config_file);
    if (!security) return std::unexpected(security.error());
    return [this, read = std::move(*security)] {
      const std::lock_guard lock(mutex_);
      security_ = read;
    };
  }

 private:
  void stop_all() {
    const std::lock_guard lock(stop_mutex_);
    if (loop_) loop_->stop();
    logins_.stop();
    workers_.stop();
  }

  [[nodiscard]] std::shared_ptr<const Security> security() const {
    const std::lock_guard lock(mutex_);
    return security_;
  }

  std::unique_ptr<Transport> wrap(Socket socket) const {
    const auto current = security();
    return current->tls ? current->tls->accept(std::move(socket)) : plain_transport(std::move(socket));
  }

  // In the loop's thread: who is it?
  void admit(Request request, IoLoop::Reply reply) {
    auto current = security();
    auto secured = [current, reply = std::move(reply)](Response response) {
      response.headers.insert(response.headers.end(), current->headers.begin(), current->headers.end());
      reply(std::move(response));
    };
    const std::string authorization = request.header("authorization");
    switch (current->auth->glance(authorization)) {
      case BasicAuth::Verdict::kAllowed: return dispatch(std::move(request), std::move(secured));
      case BasicAuth::Verdict::kDenied: return secured(unauthorized());
      case BasicAuth::Verdict::kUnknown: break;
    }
    const bool taken = logins_.submit([this, current, authorization, request = std::move(request), secured]() mutable {
      if (!current->auth->verify(authorization)) return secured(unauthorized());
      dispatch(std::move(request), std::move(secured));
    });
    if (!taken) secured(too_busy());
  }

  // Finds out what is asked for, and who answers it.
  void dispatch(Request request, const IoLoop::Reply& reply) {
    const Route* const route = find_route(request.path);
    if (route == nullptr || (route->path == "/metrics" && !options_.metrics)) return reply(no_such_path(request));
    if (!allows(*route, request.method)) return reply(wrong_method(request, *route));
    if (route->path == "/-/reload" && !options_.enable_reload) {
      return reply(plain(403, "reloading over HTTP is off; set http.enable_reload: true, or send SIGHUP\n"));
    }
    if (route->at_once) return reply(serve(*route, request));
    const bool taken =
        workers_.submit([this, route, request = std::move(request), reply]() { reply(serve(*route, request)); });
    if (!taken) reply(too_busy());
  }

  Response serve(const Route& route, const Request& request) {
    try {
      Response response = route.serve(request, host_);
      if (accepts_gzip(request.header("accept-encoding"))) compress(response);
      return response;
    } catch (const std::exception& error) {  // no memory, most likely
      return plain(500, std::string(error.what()) + "\n");
    }
  }

  const ServerOptions options_;
  Host& host_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Security> security_;
  std::mutex stop_mutex_;
  int port_ = 0;
  WorkerPool workers_;
  WorkerPool logins_;
  std::unique_ptr<IoLoop> loop_;
};

}  // namespace

Result<void> Server::reload_web_config() {
  const auto read = read_web_config();
  if (!read) return std::unexpected(read.error());
  (*read)();
  return {};
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Host& host) {
  auto security = make_security(options.web_config_file);
  if (!security) return std::unexpected(security.error());
  auto server = std::make_unique<ServerImpl>(std::move(options), host, std::move(*security));
  if (auto opened = server->open(); !opened) return std::unexpected(opened.error());
  return server;
}

}  // namespace pmon::http
