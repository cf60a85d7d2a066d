// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/secret.h"
#include "delivery/destination.h"
#include "pmon/result.h"

namespace pmon::delivery {

// How a server is spoken to: Prometheus's http_config.
struct HttpOptions {
  std::string user;  // basic authentication; empty: none
  config::Secret password;
  std::string authorization_type = "Bearer";
  config::Secret authorization;  // the credentials; empty: none
  std::string ca_file;           // empty: the system's
  std::string cert_file;         // client certificate
  std::string key_file;
  std::string server_name;  // to be expected in the certificate; empty: the address's
  bool insecure_skip_verify = false;
  std::string proxy_url;  // empty: none, whatever the environment says
  bool follow_redirects = true;
};

struct HttpRequest {
  std::string method = "POST";
  config::Secret url;  // may hold a token, so it is never shown: `name` is
  std::string name;    // for messages: scheme, host and path without query and user
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;
  std::string_view body;
  bool gzip = false;  // the body is compressed on the way, with Content-Encoding
};

struct HttpResponse {
  long status = 0;
  std::string body;  // at most 64 KiB of it
  std::optional<std::chrono::milliseconds> retry_after;
};

// A client with one connection that is kept open, over libcurl. One thread at a time; movable.
class HttpClient {
 public:
  explicit HttpClient(HttpOptions options = {});
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // Any answer of the server is a response; no answer until the deadline is an error (kFailed), told apart from a
  // mistake that no later attempt can mend, such as an address that is none (kUsage).
  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request, Deadline deadline);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "http://host:8086/write" of "http://user:password@host:8086/write?token=x": what may be shown.
[[nodiscard]] std::string shown_url(std::string_view url);

// What a server said, for messages: it may repeat what it was asked, and with that its own secrets.
[[nodiscard]] std::string without_secrets(const HttpRequest& request, std::string text);

// 2xx: delivered; 408, 429 and 5xx: retry, as long as the server asks; everything else is rejected, with the beginning
// of what it said. An error's kind tells the same for no answer.
[[nodiscard]] Outcome outcome_of(const HttpRequest& request, const Result<HttpResponse>& response);

}  // namespace pmon::delivery
