// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"
#include "promql/promql.h"

namespace pmon::http {

// Prometheus's form of answers: https://prometheus.io/docs/prometheus/latest/querying/api/
enum class ApiError : std::uint8_t { kBadData, kExecution, kTimeout, kNotFound };

// {"status":"success","data":…}; `data` is JSON.
[[nodiscard]] Response api_success(std::string data);
// The same, or an error where that is larger than it may be; whoever makes `data` may end at kMostResultBytes.
inline constexpr std::size_t kMostResultBytes = 64 << 20;
[[nodiscard]] Response api_result(std::string data);
// {"status":"error","errorType":"bad_data","error":…}, with the status of that type: 400, 422, 503, 404.
[[nodiscard]] Response api_error(ApiError type, std::string_view message);
// `invalid parameter "step": because`.
[[nodiscard]] Response invalid_parameter(std::string_view name, std::string_view because);
// What the host could not do: kUsage is what was asked (422), anything else the monitor (503).
[[nodiscard]] Response host_error(const Error& error);

// A value, or the answer that says what is wrong with the parameter.
template <typename T>
using Parsed = std::expected<T, Response>;

// "1700000000.5" (seconds since the epoch) or RFC 3339. A parameter that is absent or empty is `otherwise`; where that
// is absent, too, it must be there.
[[nodiscard]] Parsed<Timestamp> time_parameter(const Request& request, std::string_view name,
                                               std::optional<Timestamp> otherwise = std::nullopt);
// "15.5" (seconds) or "1m30s", in ms; more than 0.
[[nodiscard]] Parsed<Timestamp> duration_parameter(const Request& request, std::string_view name);
[[nodiscard]] Parsed<promql::Expr> expression_parameter(const Request& request, std::string_view name);

}  // namespace pmon::http
