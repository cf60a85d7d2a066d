// SPDX-License-Identifier: Apache-2.0
#include "delivery/http_url.h"

#include <memory>

#include <curl/curl.h>

namespace pmon::delivery {
namespace {

using Parser = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(const Parser& parser, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(parser.get(), which, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return text;
}

bool is_default_port(const HttpUrl& url) { return url.port == (url.scheme == "https" ? "443" : "80"); }

}  // namespace

std::optional<HttpUrl> HttpUrl::parse(const std::string& text) {
  const Parser parser(curl_url(), curl_url_cleanup);
  if (!parser || curl_url_set(parser.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  HttpUrl url;
  url.scheme = part(parser, CURLUPART_SCHEME);
  url.user = part(parser, CURLUPART_USER, CURLU_URLDECODE);
  url.password = part(parser, CURLUPART_PASSWORD, CURLU_URLDECODE);
  url.host = part(parser, CURLUPART_HOST);
  url.port = part(parser, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  url.path = part(parser, CURLUPART_PATH);
  url.query = part(parser, CURLUPART_QUERY);
  if ((url.scheme != "http" && url.scheme != "https") || url.host.empty()) return std::nullopt;
  return url;
}

bool HttpUrl::same_origin(const HttpUrl& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

std::string HttpUrl::authority() const { return is_default_port(*this) ? host : host + ":" + port; }

std::string HttpUrl::shown() const { return scheme + "://" + authority() + path; }

std::string HttpUrl::text() const { return query.empty() ? shown() : shown() + "?" + query; }

}  // namespace pmon::delivery
