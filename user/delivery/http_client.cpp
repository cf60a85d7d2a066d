// SPDX-License-Identifier: Apache-2.0
#include "delivery/http_client.h"

#include <algorithm>
#include <array>

#include <curl/curl.h>
#include <fmt/format.h>

#include "delivery/gzip.h"
#include "delivery/http_exchange.h"
#include "delivery/http_url.h"

namespace pmon::delivery {
namespace {

constexpr int kMostRedirects = 5;
constexpr std::size_t kAnswerShown = 200;

// "503 Service Unavailable"; HTTP/2 has no phrases, so they are ours.
std::string status_text(long status) {
  struct Phrase {
    long status;
    std::string_view text;
  };
  static constexpr std::array<Phrase, 17> kPhrases = {{{301, "Moved Permanently"},
                                                       {302, "Found"},
                                                       {307, "Temporary Redirect"},
                                                       {308, "Permanent Redirect"},
                                                       {400, "Bad Request"},
                                                       {401, "Unauthorized"},
                                                       {403, "Forbidden"},
                                                       {404, "Not Found"},
                                                       {405, "Method Not Allowed"},
                                                       {408, "Request Timeout"},
                                                       {413, "Content Too Large"},
                                                       {422, "Unprocessable Content"},
                                                       {429, "Too Many Requests"},
                                                       {500, "Internal Server Error"},
                                                       {502, "Bad Gateway"},
                                                       {503, "Service Unavailable"},
                                                       {504, "Gateway Timeout"}}};
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return fmt::format("{} {}", status, phrase.text);
  }
  return std::to_string(status);
}

void hide(std::string& text, const std::string& secret) {
  constexpr std::size_t kShortest = 4;  // shorter ones are in every text, and hidden nowhere
  if (secret.size() < kShortest) return;
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos;) text.replace(at, secret.size(), "***");
}

constexpr std::size_t kLikeAToken = 12;  // shorter words of a path may be in any text

bool keeps_its_method(long status) { return status != 303; }  // RFC 9110, 15.4.4: the answer is found there by GET

}  // namespace

struct HttpClient::State {
  explicit State(HttpOptions given) : options(std::move(given)) {}
  ~State() {
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);  // else SIGPIPE is ignored meanwhile, by the whole process
    curl_easy_cleanup(easy);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  HttpOptions options;
  CURL* easy = nullptr;  // made at the first request, for a constructor cannot fail
};

HttpClient::HttpClient(HttpOptions options) : state_(std::make_unique<State>(std::move(options))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request, Deadline deadline) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (state_->easy == nullptr && ready) state_->easy = curl_easy_init();
  if (state_->easy == nullptr) return fail(ErrorKind::kFailed, shown_request(request) + ": libcurl does not start");
  const auto first = HttpUrl::parse(request.url.reveal());
  if (!first) return fail(ErrorKind::kUsage, shown_request(request) + ": not an http:// or https:// address");
  std::string compressed;
  if (request.gzip) {
    auto body = gzip(request.body);
    if (!body) return fail(body.error().kind, shown_request(request) + ": " + body.error().message);
    compressed = std::move(*body);
  }
  HttpExchange exchange(state_->easy, state_->options, request, request.gzip ? compressed : request.body);
  std::string method = request.method;
  HttpExchange::Address address{*first};
  for (int followed = 0;; ++followed) {
    auto response = exchange.run(method, address, deadline);
    const auto next = response && state_->options.follow_redirects ? exchange.redirect() : std::nullopt;
    if (!next) {
      if (response && response->status >= 300) {
        hide(response->body, state_->options.password.reveal());
        hide(response->body, state_->options.authorization.reveal());
      }
      return response;
    }
    const auto url = HttpUrl::parse(*next);
    if (!url) return fail(ErrorKind::kFailed, shown_request(request) + ": redirected to what is no http address");
    if (first->scheme == "https" && url->scheme == "http") {
      return fail(ErrorKind::kFailed, shown_request(request) + ": redirected from https to http");
    }
    if (followed == kMostRedirects) {
      return fail(ErrorKind::kFailed, fmt::format("{}: more than {} redirects", shown_request(request), followed));
    }
    if (!keeps_its_method(response->status) && method != "HEAD") method = "GET";
    address.trusted = url->same_origin(*first);
    address.url = *url;
    address.url.user = first->user;
    address.url.password = first->password;
  }
}

std::string shown_url(std::string_view url) {
  const auto parsed = HttpUrl::parse(std::string(url));
  return parsed ? parsed->shown() : "(not an http address)";
}

std::string without_secrets(const HttpRequest& request, std::string text) {
  hide(text, request.url.reveal());
  if (const auto url = HttpUrl::parse(request.url.reveal())) {
    for (const std::string* part : {&url->query, &url->password, &url->user}) hide(text, *part);
    for (std::size_t at = 0; at < url->query.size();) {  // "token=x&db=y": the values alone
      const std::size_t end = std::min(url->query.find('&', at), url->query.size());
      const std::size_t equals = std::min(url->query.find('=', at), end);
      if (equals < end) hide(text, url->query.substr(equals + 1, end - equals - 1));
      at = end + 1;
    }
    if (request.name.find(url->path) == std::string::npos) {
      hide(text, url->path);
      const std::string last = url->path.substr(url->path.rfind('/') + 1);
      if (last.size() >= kLikeAToken) hide(text, last);
    }
  }
  for (const auto& [name, value] : request.headers) {
    hide(text, value);
    if (const std::size_t blank = value.find(' '); blank != std::string::npos) hide(text, value.substr(blank + 1));
  }
  return text;
}

Outcome outcome_of(const HttpRequest& request, const Result<HttpResponse>& response) {
  if (!response) {
    const bool hopeless = response.error().kind == ErrorKind::kUsage;
    return hopeless ? Outcome::rejected(response.error().text()) : Outcome::retry(response.error().text());
  }
  const long status = response->status;
  if (status >= 200 && status < 300) return Outcome::delivered();
  std::string what = shown_request(request) + ": " + status_text(status);
  const std::string said = one_line(without_secrets(request, response->body), kAnswerShown);
  if (!said.empty()) what += ": " + said;
  const bool later = status == 408 || status == 429 || status >= 500;
  return later ? Outcome::retry(std::move(what), response->retry_after) : Outcome::rejected(std::move(what));
}

}  // namespace pmon::delivery
