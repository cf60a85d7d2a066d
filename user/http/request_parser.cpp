// SPDX-License-Identifier: Apache-2.0
#include "http/request_parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "http/header_text.h"
#include "http/url.h"

namespace pmon::http {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

// RFC 9110, section 5.6.2.
bool is_token_char(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

bool is_value_char(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

std::size_t count(const Request& request, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count(request.headers, name, &Field::first));
}

// Whether a comma-separated list has the word, upper and lower case being equal.
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (lower(take_until(list, ',')) == word) return true;
  }
  return false;
}

}  // namespace

RequestParser::Progress RequestParser::refuse(int status, std::string because) {
  refused_status_ = status;
  refused_because_ = std::move(because);
  return Progress::kRefused;
}

RequestParser::Progress RequestParser::parse() {
  if (refused_status_ != 0) return Progress::kRefused;
  if (!head_done_) {
    while (buffer_.starts_with("\r\n")) buffer_.erase(0, 2);  // RFC 9112, section 2.2
    const std::size_t end = buffer_.find(kHeadEnd, scanned_);
    // Of a head that has not ended yet, up to three bytes may be of its end.
    const bool ended = end != std::string::npos;
    if (ended ? end > limits_.head_bytes : buffer_.size() >= limits_.head_bytes + kHeadEnd.size()) {
      const bool in_target = buffer_.find('\r') > limits_.target_bytes;
      return in_target ? refuse(414, fmt::format("the URL is longer than {} bytes", limits_.target_bytes))
                       : refuse(431, fmt::format("the headers are longer than {} bytes", limits_.head_bytes));
    }
    if (!ended) {
      scanned_ = buffer_.size() < kHeadEnd.size() ? 0 : buffer_.size() - kHeadEnd.size() + 1;
      return Progress::kIncomplete;
    }
    if (!parse_head(std::string_view(buffer_).substr(0, end))) return Progress::kRefused;
    buffer_.erase(0, end + kHeadEnd.size());
    head_done_ = true;
  }
  if (buffer_.size() < body_size_) return Progress::kIncomplete;
  request_.body = buffer_.substr(0, body_size_);
  buffer_.erase(0, body_size_);
  return finish() ? Progress::kComplete : Progress::kRefused;
}

bool RequestParser::parse_head(std::string_view head) {
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (!(first ? parse_request_line(line) : parse_header(line))) return false;
    first = false;
  }
  return parse_framing();
}

bool RequestParser::parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, "no HTTP request"), false;
  std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  request_.method = line.substr(0, first);
  if (!is_token(request_.method) || !version.starts_with("HTTP/")) return refuse(400, "no HTTP request"), false;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refuse(505, "speak HTTP/1.1 or HTTP/1.0"), false;
  http_1_0_ = version == "HTTP/1.0";
  if (target.size() > limits_.target_bytes) {
    return refuse(414, fmt::format("the URL is longer than {} bytes", limits_.target_bytes)), false;
  }
  if (target.empty() || !std::ranges::all_of(target, is_visible)) return refuse(400, "a wrong URL"), false;
  for (const std::string_view scheme : {"http://", "https://"}) {  // absolute form, as to a proxy
    if (!lower(target.substr(0, scheme.size())).starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find('/'), target.size()));
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  auto path = percent_decoded(target.substr(0, question));
  auto parameters = parse_form(target.substr(std::min(question + 1, target.size())));
  if (!path || !parameters) return refuse(400, "a wrong % escape in the URL"), false;
  request_.path = path->empty() ? "/" : std::move(*path);
  request_.parameters = std::move(*parameters);
  return true;
}

bool RequestParser::parse_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return refuse(400, "a wrong header"), false;
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_value_char)) return refuse(400, "a control character in a header"), false;
  request_.headers.emplace_back(lower(line.substr(0, colon)), value);
  return true;
}

bool RequestParser::parse_framing() {
  if (count(request_, "host") > 1 || (!http_1_0_ && count(request_, "host") == 0)) {
    return refuse(400, "one header Host is needed"), false;
  }
  if (count(request_, "transfer-encoding") > 0) {
    return refuse(411, "a body needs a Content-Length; chunked ones are not taken"), false;
  }
  if (const std::size_t lengths = count(request_, "content-length"); lengths > 0) {
    const std::string text = request_.header("content-length");
    const auto read = std::from_chars(text.data(), text.data() + text.size(), body_size_);
    const bool whole = read.ptr == text.data() + text.size() && !text.empty();
    if (lengths > 1 || !whole || read.ec == std::errc::invalid_argument) {
      return refuse(400, "a wrong Content-Length"), false;
    }
    if (read.ec != std::errc() || body_size_ > limits_.body_bytes) {
      return refuse(413, fmt::format("the body is longer than {} bytes", limits_.body_bytes)), false;
    }
  }
  if (const std::string expect = request_.header("expect"); !expect.empty()) {
    if (lower(expect) != "100-continue") return refuse(417, "unknown expectation"), false;
    wants_continue_ = body_size_ > 0 && !http_1_0_;
  }
  const std::string connection = request_.header("connection");
  request_.keep_alive = http_1_0_ ? lists(connection, "keep-alive") : !lists(connection, "close");
  return true;
}

bool RequestParser::finish() {
  if (request_.body.empty()) return true;
  const std::string type = request_.header("content-type");
  const std::string_view media = trimmed(std::string_view(type).substr(0, type.find(';')));
  if (lower(media) != "application/x-www-form-urlencoded") {
    return refuse(415, "a body must be of type application/x-www-form-urlencoded"), false;
  }
  auto form = parse_form(request_.body);
  if (!form) return refuse(400, "a wrong % escape in the form"), false;
  std::ranges::move(*form, std::back_inserter(request_.parameters));
  return true;
}

Request RequestParser::take() {
  head_done_ = false;
  scanned_ = 0;
  body_size_ = 0;
  wants_continue_ = false;
  if (buffer_.empty()) buffer_.shrink_to_fit();
  return std::exchange(request_, {});
}

bool RequestParser::wants_continue() { return head_done_ && std::exchange(wants_continue_, false); }

}  // namespace pmon::http
