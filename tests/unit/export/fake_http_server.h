// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace pmon::test {

struct FakeHttpRequest {
  std::string line;
  std::map<std::string, std::string> headers;  // names in small letters
  std::string body;
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

// A fake server of HTTP on a loopback port: answers one request on each connection, with the status codes given, in
// their order, and keeps what it was sent.
class FakeHttpServer {
 public:
  explicit FakeHttpServer(std::vector<int> answers) : answers_(std::move(answers)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      ADD_FAILURE() << "cannot listen on a loopback port";
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { run(); });
  }
  FakeHttpServer(const FakeHttpServer&) = delete;
  FakeHttpServer& operator=(const FakeHttpServer&) = delete;
  ~FakeHttpServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }

  const std::string& url() const { return url_; }
  std::vector<FakeHttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void run() {
    for (const int status : answers_) {
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      FakeHttpRequest request = receive(client);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
      }
      const std::string answer =
          "HTTP/1.1 " + std::to_string(status) + " Fake\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      (void)!::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(client);
    }
  }

  static FakeHttpRequest receive(int client) {
    std::string text;
    std::size_t head = std::string::npos;
    std::size_t length = 0;
    FakeHttpRequest request;
    char buffer[4096];
    while (head == std::string::npos || text.size() < head + 4 + length) {
      const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
      if (head != std::string::npos) continue;
      head = text.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      parse_head(text.substr(0, head + 2), request);
      EXPECT_NE(request.header("content-length"), "") << "the length of the body must be told";
      length = std::stoul("0" + request.header("content-length"));
    }
    if (head != std::string::npos) request.body = text.substr(head + 4);
    return request;
  }

  static void parse_head(const std::string& head, FakeHttpRequest& request) {
    std::size_t begin = 0;
    for (std::size_t end; (end = head.find("\r\n", begin)) != std::string::npos; begin = end + 2) {
      const std::string line = head.substr(begin, end - begin);
      const std::size_t colon = line.find(": ");
      if (begin == 0 || colon == std::string::npos) {
        if (begin == 0) request.line = line;
        continue;
      }
      std::string name = line.substr(0, colon);
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers[name] = line.substr(colon + 2);
    }
  }

  std::vector<int> answers_;
  int socket_ = -1;
  std::string url_;
  mutable std::mutex mutex_;
  std::vector<FakeHttpRequest> requests_;
  std::thread thread_;
};

}  // namespace pmon::test
