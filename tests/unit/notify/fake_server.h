// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace pmon::notify::test {

struct FakeRequest {
  std::string method;
  std::string target;                          // path and query
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct FakeAnswer {
  int status = 200;
  std::string body;
  std::string headers;  // more of them, each with its CRLF
};

// A fake: an HTTP server on a loopback port that answers as the test says and remembers what it was asked. It is no
// chat service; what it demands of requests is what the services' documentation demands.
class FakeServer {
 public:
  using Handler = std::function<FakeAnswer(const FakeRequest&)>;

  explicit FakeServer(Handler handler) : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, any, &size) != 0) {
      throw std::runtime_error("no port for a fake server");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  [[nodiscard]] std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  [[nodiscard]] std::vector<FakeRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (int fd = ::accept(listener_, nullptr, nullptr); fd >= 0; fd = ::accept(listener_, nullptr, nullptr)) {
      const FakeRequest request = read_request(fd);
      const FakeAnswer answer = handler_(request);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Said\r\n" + answer.headers +
                               "Connection: close\r\nContent-Length: " + std::to_string(answer.body.size()) +
                               "\r\n\r\n" + answer.body;
      (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      ::close(fd);
    }
  }

  static FakeRequest read_request(int fd) {
    std::string text;
    std::size_t head = std::string::npos;
    while ((head = text.find("\r\n\r\n")) == std::string::npos && read_more(fd, text)) {
    }
    FakeRequest request;
    if (head == std::string::npos) return request;
    std::size_t line = text.find("\r\n");
    const std::string first = text.substr(0, line);
    request.method = first.substr(0, first.find(' '));
    request.target = first.substr(request.method.size() + 1, first.rfind(' ') - request.method.size() - 1);
    while (line < head) {
      const std::size_t end = text.find("\r\n", line + 2);
      std::string name = text.substr(line + 2, text.find(':', line + 2) - line - 2);
      const std::size_t value = line + 2 + name.size() + 2;
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers[name] = text.substr(value, end - value);
      line = end;
    }
    if (request.headers["expect"] == "100-continue")
      (void)::send(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
    const std::string& length = request.headers["content-length"];
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (text.size() < head + 4 + size && read_more(fd, text)) {
    }
    request.body = text.substr(head + 4);
    return request;
  }

  static bool read_more(int fd, std::string& text) {
    char buffer[65536];
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  Handler handler_;
  int listener_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<FakeRequest> requests_;
  std::thread thread_;
};

}  // namespace pmon::notify::test
