// SPDX-License-Identifier: Apache-2.0
#include "http/api.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "alerts/rfc3339.h"
#include "config/duration.h"
#include "http/json_text.h"

namespace pmon::http {
namespace {

constexpr double kFurthest = 253402300799.0;  // the year 9999, in seconds; longer durations have no sense either

struct ErrorType {
  std::string_view name;
  int status;
};

ErrorType type_of(ApiError error) {
  switch (error) {
    case ApiError::kBadData: return {"bad_data", 400};
    case ApiError::kExecution: return {"execution", 422};
    case ApiError::kTimeout: return {"timeout", 503};
    case ApiError::kNotFound: return {"not_found", 404};
  }
  return {"internal", 500};
}

// A number of seconds as ms.
std::optional<Timestamp> parse_seconds(std::string_view text) {
  double seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !(std::abs(seconds) <= kFurthest)) {
    return std::nullopt;
  }
  return std::llround(seconds * 1000);
}

}  // namespace

Response api_success(std::string data) {
  Response response = json(200, R"({"status":"success","data":)");
  response.body.push_back(std::move(data));
  response.body.emplace_back("}\n");
  return response;
}

Response api_result(std::string data) {
  if (data.size() <= kMostResultBytes) return api_success(std::move(data));
  return api_error(ApiError::kExecution,
                   fmt::format("the result is larger than {} bytes: select less", kMostResultBytes));
}

Response api_error(ApiError type, std::string_view message) {
  const auto [name, status] = type_of(type);
  std::string text = fmt::format(R"({{"status":"error","errorType":"{}","error":)", name);
  append_json_string(text, message);
  return json(status, text + "}\n");
}

Response invalid_parameter(std::string_view name, std::string_view because) {
  return api_error(ApiError::kBadData, fmt::format("invalid parameter \"{}\": {}", name, because));
}

Response host_error(const Error& error) {
  return api_error(error.kind == ErrorKind::kUsage ? ApiError::kExecution : ApiError::kTimeout, error.text());
}

Parsed<Timestamp> time_parameter(const Request& request, std::string_view name, std::optional<Timestamp> otherwise) {
  const std::string_view text = request.parameter(name).value_or("");
  if (text.empty()) {
    if (otherwise) return *otherwise;
    return std::unexpected(invalid_parameter(name, "it is missing"));
  }
  if (const auto seconds = parse_seconds(text)) return *seconds;
  if (const auto time = alerts::parse_rfc3339(text)) return *time;
  return std::unexpected(invalid_parameter(
      name, fmt::format("cannot parse {} to a valid timestamp (write unix seconds or RFC 3339)", pmon::quoted(text))));
}

Parsed<Timestamp> duration_parameter(const Request& request, std::string_view name) {
  const std::string_view text = request.parameter(name).value_or("");
  if (text.empty()) return std::unexpected(invalid_parameter(name, "it is missing"));
  auto duration = parse_seconds(text);
  if (!duration) duration = config::parse_duration(text);
  if (!duration) {
    return std::unexpected(invalid_parameter(
        name, fmt::format("cannot parse {} to a valid duration (write seconds or 5m)", pmon::quoted(text))));
  }
  if (*duration <= 0) return std::unexpected(invalid_parameter(name, "it must be longer than 0"));
  return *duration;
}

Parsed<promql::Expr> expression_parameter(const Request& request, std::string_view name) {
  const auto text = request.parameter(name);
  if (!text || text->empty()) return std::unexpected(invalid_parameter(name, "it is missing"));
  auto expr = promql::Expr::parse(*text);
  if (!expr) return std::unexpected(invalid_parameter(name, expr.error().text()));
  return std::move(*expr);
}

}  // namespace pmon::http
