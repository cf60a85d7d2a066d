// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "delivery/http_client.h"
#include "delivery/http_url.h"

namespace pmon::delivery {

// One request to one address and its answer, redirects not followed. The handle keeps the connection for the next.
class HttpExchange {
 public:
  struct Address {
    HttpUrl url;
    bool trusted = true;  // may be told what is secret: the address that was asked for, not another one's redirect
  };

  // Everything given lives as long as this. `body` is what goes over the wire, compressed where that is asked for.
  HttpExchange(CURL* easy, const HttpOptions& options, const HttpRequest& request, std::string_view body);
  ~HttpExchange() { curl_easy_reset(easy_); }  // so that nothing of this is touched when the connection closes
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // Errors (kFailed): no whole answer until the deadline; (kUsage): headers that are none.
  [[nodiscard]] Result<HttpResponse> run(const std::string& method, const Address& address, Deadline deadline);
  // Where the last answer sends to; absent where it is no redirect.
  [[nodiscard]] std::optional<std::string> redirect() const;

 private:
  using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

  static std::size_t receive(char* data, std::size_t size, std::size_t count, void* exchange);
  template <typename Value>
  void set(CURLoption option, Value value);
  void add_header(std::string_view name, std::string_view value);
  void set_method(const std::string& method);
  void set_headers(const Address& address);
  void set_connection(const Address& address);
  [[nodiscard]] Result<HttpResponse> answer(CURLcode code);

  CURL* easy_;
  const HttpOptions& options_;
  const HttpRequest& request_;
  std::string_view body_;
  HeaderList headers_{nullptr, curl_slist_free_all};
  HeaderList connect_to_{nullptr, curl_slist_free_all};
  char reason_[CURL_ERROR_SIZE] = {};
  std::string received_;
  std::size_t discarded_ = 0;  // bytes of the answer beyond what is kept
};

// "GET http://host/path": what errors and outcomes begin with.
[[nodiscard]] std::string shown_request(const HttpRequest& request);
// What others wrote, for a line of a message: control characters as blanks, runs of them as one, at most so many bytes
// of whole characters.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t most);

}  // namespace pmon::delivery
