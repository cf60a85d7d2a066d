// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "../../support/gunzip.h"
#include "../../support/temp_folder.h"
#include "http/header_text.h"
#include "http/server.h"
#include "http/transport.h"

namespace pmon::http::test {

using pmon::test::gunzipped;
using pmon::test::TempFolder;

// What a fake host answers, and what it was asked.
struct FakeHostState {
  Health health;
  std::optional<Error> failure;  // of every call but health()
  std::vector<exposition::Family> families;
  std::vector<ActiveAlertView> alerts;
  std::vector<ProcessView> processes;
  promql::Value value = promql::Vector{};
  promql::Matrix matrix;
  std::vector<Labels> series;
  int reloads = 0;
  std::string configuration = "# no file\n";

  ProcessQuery asked_processes;
  std::string asked_query;
  std::optional<Timestamp> asked_time;
  RangeQuery asked_range;
  std::vector<std::string> asked_selectors;  // of all calls
  int asked_series = 0;
};

// Stands in for a monitor: answers what the test puts in. Thread-safe.
class FakeHost : public Host {
 public:
  // The state for the length of one statement, in which no request may be sent.
  class Locked {
   public:
    Locked(std::recursive_mutex& mutex, FakeHostState& state) : lock_(mutex), state_(state) {}
    FakeHostState* operator->() { return &state_; }

   private:
    std::unique_lock<std::recursive_mutex> lock_;
    FakeHostState& state_;
  };
  Locked state() const { return {mutex_, state_}; }

  FakeHost() {
    Health& health = state_.health;
    health.version = "1.2.3";
    health.now = 1'700'000'000'500;
    health.started_at = 1'699'999'000'000;
    health.interval_ms = 5000;
    health.collector = "ebpf";
    health.level = "full";
    health.last_collection = 1'699'999'999'000;
    health.age_seconds = 1.5;
    health.ready = true;
  }

  [[nodiscard]] Health health() const override { return state()->health; }
  Result<std::vector<exposition::Family>> families() override {
    if (before_families) before_families();
    return answer(&FakeHostState::families);
  }
  Result<std::vector<ActiveAlertView>> alerts() override { return answer(&FakeHostState::alerts); }
  Result<std::vector<ProcessView>> processes(const ProcessQuery& query) override {
    state()->asked_processes = query;
    return answer(&FakeHostState::processes);
  }
  Result<promql::Value> query(const promql::Expr& expr, std::optional<Timestamp> time) override {
    state()->asked_query = expr.text();
    state()->asked_time = time;
    return answer(&FakeHostState::value);
  }
  Result<promql::Matrix> query_range(const promql::Expr& expr, const RangeQuery& range) override {
    state()->asked_query = expr.text();
    state()->asked_range = range;
    return answer(&FakeHostState::matrix);
  }
  Result<std::vector<Labels>> series(const std::vector<promql::Expr>& selectors) override {
    ++state()->asked_series;
    for (const promql::Expr& selector : selectors) state()->asked_selectors.push_back(selector.text());
    return answer(&FakeHostState::series);
  }
  Result<std::string> configuration() override { return answer(&FakeHostState::configuration); }
  Result<void> reload() override {
    ++state()->reloads;
    if (const auto failure = state()->failure) return std::unexpected(*failure);
    return {};
  }

  std::function<void()> before_families;  // to be set before the server starts

 private:
  template <typename T>
  Result<T> answer(T FakeHostState::*what) const {
    const std::lock_guard lock(mutex_);
    if (state_.failure) return std::unexpected(*state_.failure);
    return state_.*what;
  }

  mutable std::recursive_mutex mutex_;
  mutable FakeHostState state_;
};

// A client's end of a connection; gives up after ten seconds.
class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  // False where the server has closed.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // What has come by then, an answer's body with its head; "" at the end.
  [[nodiscard]] std::string receive(int timeout_ms = 10'000) const {
    std::string bytes = receive_piece(timeout_ms);
    while (lacks_body(bytes)) {
      const std::string more = receive_piece(kBodyPatience);
      if (more.empty()) break;
      bytes += more;
    }
    return bytes;
  }
  // Everything until the server closes.
  [[nodiscard]] std::string receive_all() const {
    std::string all;
    for (std::string part = receive(); !part.empty(); part = receive()) all += part;
    return all;
  }
  // Whether the server closes within that time, having sent nothing more.
  [[nodiscard]] bool ends_within(int timeout_ms) const {
    pollfd ready{socket_.fd(), POLLIN, 0};
    char rest[512];  // of an answer that came in pieces
    while (::poll(&ready, 1, timeout_ms) == 1) {
      if (::recv(socket_.fd(), rest, sizeof rest, 0) <= 0) return true;
    }
    return false;
  }
  [[nodiscard]] int fd() const { return socket_.fd(); }

 private:
  static constexpr int kBodyPatience = 500;  // ms; an answer to HEAD has none

  [[nodiscard]] std::string receive_piece(int timeout_ms) const {
    pollfd ready{socket_.fd(), POLLIN, 0};
    std::string bytes(64 << 10, '\0');
    if (::poll(&ready, 1, timeout_ms) != 1) return {};
    const ssize_t got = ::recv(socket_.fd(), bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  // Nothing has come behind the head of the only answer, which promises something.
  [[nodiscard]] static bool lacks_body(const std::string& bytes) {
    return bytes.ends_with("\r\n\r\n") && bytes.find("Content-Length: ") != std::string::npos &&
           bytes.find("Content-Length: 0\r\n") == std::string::npos;
  }

  Socket socket_;
  bool connected_ = false;
};

struct Answer {
  int status = 0;
  std::vector<Field> headers;  // names in lower case
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &Field::first);
    return found == headers.end() ? "" : found->second;
  }
};

inline Answer parse_answer(std::string_view text) {
  Answer answer;
  const std::size_t end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || end == std::string_view::npos) return answer;
  answer.status = std::atoi(std::string(text.substr(9, 3)).c_str());
  std::istringstream lines{std::string(text.substr(0, end))};
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::string_view rest = line;
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    const std::string name = lower(take_until(rest, ':'));
    answer.headers.emplace_back(name, trimmed(rest));
  }
  answer.body = text.substr(end + 4);
  return answer;
}

inline Answer ask(int port, std::string_view method, std::string_view target, std::string_view headers = "",
                  std::string_view body = "") {
  const Client client(port);
  std::string request(method);
  request += " ";
  request += target;
  request += " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  request += headers;
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n";
  request += body;
  client.send(request);
  return parse_answer(client.receive_all());
}

inline Answer get(int port, std::string_view target, std::string_view headers = "") {
  return ask(port, "GET", target, headers);
}

inline Answer post_form(int port, std::string_view target, std::string_view form) {
  return ask(port, "POST", target, "Content-Type: application/x-www-form-urlencoded\r\n", form);
}

// A server on a port of its own, over a fake host.
class ServerTest : public ::testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.listen = {"127.0.0.1:0"};
    auto started = Server::start(std::move(options), host_);
    ASSERT_TRUE(started.has_value()) << started.error().text();
    server_ = std::move(*started);
  }
  [[nodiscard]] int port() const { return server_->port(); }

  FakeHost host_;
  std::unique_ptr<Server> server_;
};

// What a command prints, its errors included, and its exit status behind it.
inline std::string output_of(const std::string& command) {
  std::string out;
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "cannot run a shell";
  char buffer[4096];
  std::size_t got = 0;
  while ((got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0) out.append(buffer, got);
  const int status = ::pclose(pipe);
  return out + "exit " + std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1) + "\n";
}

inline bool have(const std::string& program) {
  return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0;
}

}  // namespace pmon::http::test
