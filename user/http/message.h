// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pmon::http {

using Field = std::pair<std::string, std::string>;

// A whole request, within the limits of RequestParser.
struct Request {
  std::string method;
  std::string path;               // decoded
  std::vector<Field> parameters;  // decoded: of the URL, then of a form in the body
  std::vector<Field> headers;     // names in lower case
  std::string body;
  bool keep_alive = false;  // the client would go on with this connection

  // "" where there is no such header; several of a name are joined by commas (RFC 9110, section 5.3). `name` in lower
  // case.
  [[nodiscard]] std::string header(std::string_view name) const;
  // The first of that name.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
  // All of that name, in their order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type;       // "" where there is no body
  std::vector<Field> headers;     // further ones
  std::vector<std::string> body;  // in pieces, so that what is written can be freed before the rest

  [[nodiscard]] std::size_t body_size() const;
};

inline constexpr std::string_view kPlain = "text/plain; charset=utf-8";
inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kJson = "application/json";

[[nodiscard]] Response plain(int status, std::string text);
[[nodiscard]] Response json(int status, std::string text);

// "Not Found".
[[nodiscard]] std::string_view reason_phrase(int status);

// Status line and headers, up to and with the empty line.
[[nodiscard]] std::string head_of(const Response& response, bool keep_alive);

}  // namespace pmon::http
