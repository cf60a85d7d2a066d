// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "http/api.h"
#include "http/endpoints.h"
#include "http/json_text.h"

namespace pmon::http {
namespace {

constexpr Timestamp kMostPoints = 11'000;  // of one series: as Prometheus, a week at a minute and a bit

// [1700000000,"1"]
void append_point(std::string& out, Timestamp time, double value) {
  out += '[';
  append_json_time(out, time);
  out += ',';
  append_json_value(out, value);
  out += ']';
}

void append_matrix(std::string& out, const promql::Matrix& matrix) {
  out += R"({"resultType":"matrix","result":[)";
  for (std::size_t i = 0; i < matrix.size() && out.size() <= kMostResultBytes; ++i) {
    out += i == 0 ? R"({"metric":)" : R"(,{"metric":)";
    append_json_labels(out, matrix[i].labels);
    out += R"(,"values":[)";
    bool first = true;
    for (const promql::Point& point : matrix[i].points) {
      if (!first) out += ',';
      first = false;
      append_point(out, point.time, point.value);
    }
    out += "]}";
  }
  out += "]}";
}

struct AppendValue {
  std::string& out;
  Timestamp time;

  void operator()(const promql::Scalar& scalar) const {
    out += R"({"resultType":"scalar","result":)";
    append_point(out, time, scalar.value);
    out += '}';
  }
  void operator()(const promql::Vector& vector) const {
    out += R"({"resultType":"vector","result":[)";
    for (std::size_t i = 0; i < vector.size() && out.size() <= kMostResultBytes; ++i) {
      out += i == 0 ? R"({"metric":)" : R"(,{"metric":)";
      append_json_labels(out, vector[i].labels);
      out += R"(,"value":)";
      append_point(out, time, vector[i].value);
      out += '}';
    }
    out += "]}";
  }
  void operator()(const promql::Matrix& matrix) const { append_matrix(out, matrix); }
  void operator()(const std::string& text) const {
    out += R"({"resultType":"string","result":[)";
    append_json_time(out, time);
    out += ',';
    append_json_string(out, text);
    out += "]}";
  }
};

}  // namespace

Response api_query(const Request& request, Host& host) {
  const auto time = time_parameter(request, "time", host.health().now);
  if (!time) return time.error();
  const auto expr = expression_parameter(request, "query");
  if (!expr) return expr.error();
  const auto value = host.query(*expr, *time);
  if (!value) return host_error(value.error());
  std::string data;
  std::visit(AppendValue{data, *time}, *value);
  return api_result(std::move(data));
}

Response api_query_range(const Request& request, Host& host) {
  const auto start = time_parameter(request, "start");
  if (!start) return start.error();
  const auto end = time_parameter(request, "end");
  if (!end) return end.error();
  if (*end < *start) return invalid_parameter("end", "end timestamp must not be before start time");
  const auto step = duration_parameter(request, "step");
  if (!step) return step.error();
  if ((*end - *start) / *step > kMostPoints) {
    return api_error(ApiError::kBadData,
                     "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing "
                     "the query resolution (?step=XX)");
  }
  const auto expr = expression_parameter(request, "query");
  if (!expr) return expr.error();
  auto matrix = host.query_range(*expr, {.start = *start, .end = *end, .step = *step});
  if (!matrix) return host_error(matrix.error());
  std::ranges::sort(*matrix, {}, &promql::RangeSeries::labels);
  std::string data;
  append_matrix(data, *matrix);
  return api_result(std::move(data));
}

}  // namespace pmon::http
