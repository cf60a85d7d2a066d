// SPDX-License-Identifier: Apache-2.0
#include "notify/http_post.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "notify/text.h"

namespace pmon::notify {
namespace {

// What robots ask for once they were told too much.
constexpr std::chrono::seconds kRobotPause{60};
constexpr std::size_t kQuotedBytes = 200;

}  // namespace

std::string shown_origin(const config::Secret& url) {
  std::string shown = delivery::shown_url(url.reveal());
  const std::size_t host = shown.find("://");
  const std::size_t path = host == std::string::npos ? 0 : shown.find('/', host + 3);
  if (path == std::string::npos || path + 1 >= shown.size()) return shown;
  return shown.substr(0, path) + "/…";
}

delivery::HttpRequest json_post(const config::Secret& url, std::string_view body) {
  delivery::HttpRequest request;
  request.url = url;
  request.name = shown_origin(url);
  request.content_type = "application/json";
  request.body = body;
  return request;
}

delivery::Outcome outcome_of_errcode(const delivery::HttpRequest& request,
                                     const Result<delivery::HttpResponse>& response, std::span<const int> retry_codes) {
  delivery::Outcome outcome = delivery::outcome_of(request, response);
  if (outcome.kind != delivery::Outcome::Kind::kDelivered) return outcome;
  const auto json = nlohmann::json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  const bool understood = json.is_object() && json.contains("errcode") && json["errcode"].is_number_integer();
  const std::string what = fmt::format("{} {}", request.method, request.name);
  if (!understood) {
    // Something else answers there, such as a proxy's page.
    return delivery::Outcome::retry(
        fmt::format("{}: no errcode in the answer: {}", what,
                    clipped(one_line(delivery::without_secrets(request, response->body)), kQuotedBytes)));
  }
  const auto code = json["errcode"].get<std::int64_t>();
  if (code == 0) return delivery::Outcome::delivered();
  const auto message = json.find("errmsg");
  const std::string said = message != json.end() && message->is_string() ? message->get<std::string>() : "";
  const std::string text = fmt::format("{}: errcode {}: {}", what, code,
                                       clipped(one_line(delivery::without_secrets(request, said)), kQuotedBytes));
  if (std::ranges::find(retry_codes, code) == retry_codes.end()) return delivery::Outcome::rejected(text);
  return delivery::Outcome::retry(text, kRobotPause);
}

}  // namespace pmon::notify
