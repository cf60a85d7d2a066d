// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "config/yaml_reader.h"
#include "http/api.h"
#include "http/endpoints.h"
#include "http/json_text.h"

namespace pmon::http {
namespace {

constexpr std::string_view kEverything = R"({__name__=~".+"})";
constexpr std::size_t kMostSelectors = 16;  // each is a query's work; Grafana asks with one or two

// start and end are looked at, but a monitor knows the last five minutes only.
std::optional<Response> wrong_times(const Request& request) {
  const auto start = time_parameter(request, "start", 0);
  if (!start) return start.error();
  const auto end = time_parameter(request, "end", *start);
  if (!end) return end.error();
  if (*end < *start) return invalid_parameter("end", "end timestamp must not be before start time");
  return std::nullopt;
}

// Sorted, each once. One selector after the other, so that what all of them have in common is never there more than
// twice, and ticks come in between.
Parsed<std::vector<Labels>> union_of(const std::vector<promql::Expr>& selectors, Host& host) {
  std::vector<Labels> all;
  for (const promql::Expr& selector : selectors) {
    auto series = host.series({selector});
    if (!series && series.error().kind == ErrorKind::kUsage) {
      return std::unexpected(invalid_parameter("match[]", series.error().text()));
    }
    if (!series) return std::unexpected(host_error(series.error()));
    const auto before = static_cast<std::ptrdiff_t>(all.size());
    std::ranges::sort(*series);
    std::ranges::move(*series, std::back_inserter(all));
    std::ranges::inplace_merge(all, all.begin() + before);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
  }
  return all;
}

// The label sets that the selectors of match[] mean; all, where there are none and none are needed.
Parsed<std::vector<Labels>> matching(const Request& request, Host& host, bool selector_needed) {
  if (auto wrong = wrong_times(request)) return std::unexpected(std::move(*wrong));
  std::vector<std::string_view> selectors = request.all("match[]");
  if (selectors.empty() && selector_needed) {
    return std::unexpected(invalid_parameter("match[]", "no match[] parameter provided"));
  }
  if (selectors.empty()) selectors.push_back(kEverything);
  std::ranges::sort(selectors);
  const auto repeated = std::ranges::unique(selectors);
  selectors.erase(repeated.begin(), repeated.end());
  if (selectors.size() > kMostSelectors) {
    return std::unexpected(invalid_parameter("match[]", fmt::format("more than {} selectors", kMostSelectors)));
  }
  std::vector<promql::Expr> parsed;
  for (const std::string_view selector : selectors) {
    auto expr = promql::Expr::parse(selector);
    if (!expr) return std::unexpected(invalid_parameter("match[]", expr.error().text()));
    parsed.push_back(std::move(*expr));
  }
  return union_of(parsed, host);
}

template <typename Items>
Response list_of(const Items& items) {
  std::string data = "[";
  for (const auto& item : items) {
    if (data.size() > kMostResultBytes) break;
    if (data.size() > 1) data += ',';
    if constexpr (std::is_same_v<typename Items::value_type, Labels>) {
      append_json_labels(data, item);
    } else {
      append_json_string(data, item);
    }
  }
  return api_result(std::move(data += ']'));
}

}  // namespace

Response api_series(const Request& request, Host& host) {
  const auto series = matching(request, host, true);
  if (!series) return series.error();
  return list_of(*series);
}

Response api_labels(const Request& request, Host& host) {
  const auto series = matching(request, host, false);
  if (!series) return series.error();
  std::set<std::string> names;
  for (const Labels& labels : *series) {
    for (const auto& [name, value] : labels) names.insert(name);
  }
  return list_of(names);
}

Response api_label_values(const Request& request, Host& host) {
  constexpr std::string_view kBefore = "/api/v1/label/";
  constexpr std::string_view kBehind = "/values";
  const std::string name = request.path.substr(kBefore.size(), request.path.size() - kBefore.size() - kBehind.size());
  if (!config::is_label_name(name)) return api_error(ApiError::kBadData, "invalid label name: " + pmon::quoted(name));
  const auto series = matching(request, host, false);
  if (!series) return series.error();
  std::set<std::string> values;
  for (const Labels& labels : *series) {
    if (labels.has(name)) values.emplace(labels.get(name));
  }
  return list_of(values);
}

Response api_metadata(const Request& request, Host& host) {
  std::size_t limit = SIZE_MAX;
  if (const auto text = request.parameter("limit"); text && !text->empty()) {
    const auto read = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (read.ec != std::errc() || read.ptr != text->data() + text->size()) {
      return invalid_parameter("limit", "limit must be a number");
    }
  }
  const std::string_view metric = request.parameter("metric").value_or("");
  const auto families = host.families();
  if (!families) return host_error(families.error());
  std::map<std::string_view, const exposition::Family*> by_name;
  for (const exposition::Family& family : *families) {
    if (metric.empty() || family.name == metric) by_name.emplace(family.name, &family);
  }
  std::string data = "{";
  for (const auto& [name, family] : by_name) {
    if (limit-- == 0) break;
    if (data.size() > 1) data += ',';
    append_json_string(data, name);
    data += family->kind == MetricKind::kCounter ? R"(:[{"type":"counter","help":)" : R"(:[{"type":"gauge","help":)";
    append_json_string(data, family->help);
    data += R"(,"unit":""}])";
  }
  return api_success(data + "}");
}

}  // namespace pmon::http
