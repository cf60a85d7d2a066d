// SPDX-License-Identifier: Apache-2.0
#include "delivery/http_exchange.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "delivery/interruption.h"
#include "pmon/version.h"

namespace pmon::delivery {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kKept = 64 << 10;       // bytes of an answer's body
constexpr std::size_t kReadBeyond = 1 << 20;  // and so many more, to keep the connection; then it is cut
constexpr milliseconds kLeastConnectTime{1000};
constexpr std::size_t kReasonShown = 300;

// Programs that are started meanwhile must not inherit the connection; libcurl opens it without that flag.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int check_interruption(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return interrupted() ? 1 : 0; }

bool is_header_text(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

std::string shown_request(const HttpRequest& request) { return request.method + " " + request.name; }

std::string one_line(std::string_view text, std::size_t most) {
  const bool cut = text.size() > most;
  if (cut) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    text = text.substr(0, most);
  }
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  return cut ? out + "…" : out;
}

HttpExchange::HttpExchange(CURL* easy, const HttpOptions& options, const HttpRequest& request, std::string_view body)
    : easy_(easy), options_(options), request_(request), body_(body) {}

template <typename Value>
void HttpExchange::set(CURLoption option, Value value) {
  curl_easy_setopt(easy_, option, value);
}

std::size_t HttpExchange::receive(char* data, std::size_t size, std::size_t count, void* exchange) {
  auto& self = *static_cast<HttpExchange*>(exchange);
  const std::size_t bytes = size * count;
  const std::size_t kept = std::min(bytes, kKept - self.received_.size());
  self.received_.append(data, kept);
  self.discarded_ += bytes - kept;
  return self.discarded_ > kReadBeyond ? 0 : bytes;
}

void HttpExchange::add_header(std::string_view name, std::string_view value) {
  const std::string line = value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value);
  if (curl_slist* grown = curl_slist_append(headers_.get(), line.c_str())) {
    static_cast<void>(headers_.release());
    headers_.reset(grown);
  }
}

void HttpExchange::set_method(const std::string& method) {
  if (method == "GET") return set(CURLOPT_HTTPGET, 1L);
  if (method == "HEAD") return set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDS, body_.data() == nullptr ? "" : body_.data());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  if (method != "POST") set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

void HttpExchange::set_headers(const Address& address) {
  headers_.reset();
  curl_slist* none = nullptr;
  // "Name:" alone takes away what libcurl would add: a wait of a second for "100 Continue", a form's type.
  none = curl_slist_append(none, "Expect:");
  if (request_.content_type.empty()) none = curl_slist_append(none, "Content-Type:");
  headers_.reset(none);
  if (!request_.content_type.empty()) add_header("Content-Type", request_.content_type);
  if (request_.gzip) add_header("Content-Encoding", "gzip");
  if (!address.trusted) return set(CURLOPT_HTTPHEADER, headers_.get());
  for (const auto& [name, value] : request_.headers) add_header(name, value);
  if (!options_.authorization.empty()) {
    add_header("Authorization", options_.authorization_type + " " + options_.authorization.reveal());
  }
  if (!options_.server_name.empty()) add_header("Host", address.url.authority());
  set(CURLOPT_HTTPHEADER, headers_.get());
}

// Whom to speak to and how to know that it is the right one.
void HttpExchange::set_connection(const Address& address) {
  HttpUrl url = address.url;
  if (address.trusted && !options_.server_name.empty() && url.scheme == "https") {
    // libcurl expects the address's host in the certificate: so the name stands there, and is connected elsewhere.
    const std::string to = fmt::format("{}:{}:{}:{}", options_.server_name, url.port, url.host, url.port);
    connect_to_.reset(curl_slist_append(nullptr, to.c_str()));
    set(CURLOPT_CONNECT_TO, connect_to_.get());
    url.host = options_.server_name;
  }
  set(CURLOPT_URL, url.text().c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PROXY, options_.proxy_url.c_str());  // "" is none, and the environment is not asked
  set(CURLOPT_NOPROXY, "");
  if (address.trusted) {
    const bool own = !options_.user.empty() || !options_.password.empty();
    const std::string& user = own ? options_.user : url.user;
    const std::string& password = own ? options_.password.reveal() : url.password;
    if (!user.empty()) set(CURLOPT_USERNAME, user.c_str());
    if (!user.empty() || !password.empty()) set(CURLOPT_PASSWORD, password.c_str());
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    if (!options_.cert_file.empty()) set(CURLOPT_SSLCERT, options_.cert_file.c_str());
    if (!options_.key_file.empty()) set(CURLOPT_SSLKEY, options_.key_file.c_str());
  }
  if (!options_.ca_file.empty()) {
    set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // that file's and no others
  }
  set(CURLOPT_SSL_VERIFYPEER, options_.insecure_skip_verify ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, options_.insecure_skip_verify ? 0L : 2L);
}

Result<HttpResponse> HttpExchange::run(const std::string& method, const Address& address, Deadline deadline) {
  for (const auto& [name, value] : request_.headers) {
    if (name.empty() || !is_header_text(name) || !is_header_text(value)) {
      return fail(ErrorKind::kUsage, shown_request(request_) + ": a header with a line break or without a name");
    }
  }
  if (!is_header_text(options_.authorization.reveal())) {
    return fail(ErrorKind::kUsage, shown_request(request_) + ": credentials with a line break");
  }
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  if (left <= milliseconds::zero()) {
    return fail(ErrorKind::kFailed, shown_request(request_) + ": no time left");
  }
  curl_easy_reset(easy_);
  received_.clear();
  discarded_ = 0;
  reason_[0] = '\0';
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // else a time-out waits for the resolver's thread
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(left, std::max(left / 2, kLeastConnectTime)).count()));
  set(CURLOPT_MAXCONNECTS, 1L);
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(reason_));
  set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
  set(CURLOPT_WRITEFUNCTION, &HttpExchange::receive);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, check_interruption);
  const std::string agent = fmt::format("pmon/{}", kVersion);
  set(CURLOPT_USERAGENT, agent.c_str());
  set_method(method);
  set_connection(address);
  set_headers(address);
  return answer(curl_easy_perform(easy_));
}

Result<HttpResponse> HttpExchange::answer(CURLcode code) {
  const bool cut_by_us = code == CURLE_WRITE_ERROR && discarded_ > kReadBeyond;
  if (code != CURLE_OK && !cut_by_us) {
    std::string why = one_line(*reason_ != '\0' ? reason_ : curl_easy_strerror(code), kReasonShown);
    if (code == CURLE_ABORTED_BY_CALLBACK) why = "given up: the queue ends";
    return fail(ErrorKind::kFailed, shown_request(request_) + ": " + why);
  }
  HttpResponse response;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &response.status);
  curl_off_t seconds = 0;  // until then, though the server may have named a date
  curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &seconds);
  constexpr curl_off_t kDay = 86400;
  if (seconds > 0) response.retry_after = std::chrono::seconds(std::min(seconds, kDay));
  response.body = std::move(received_);
  return response;
}

std::optional<std::string> HttpExchange::redirect() const {
  char* url = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_REDIRECT_URL, &url);
  return url == nullptr ? std::nullopt : std::optional<std::string>(url);
}

}  // namespace pmon::delivery
