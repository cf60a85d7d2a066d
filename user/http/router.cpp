// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "http/api.h"
#include "http/endpoints.h"
#include "http/header_text.h"

namespace pmon::http {
namespace {

constexpr std::string_view kRead = "GET, HEAD";
constexpr std::string_view kAsk = "GET, HEAD, POST";  // long queries come as a form

constexpr auto kRoutes = std::to_array<Route>({
    {"/", kRead, true, index_page},
    {"/metrics", kRead, false, metrics_page},
    {"/healthz", kRead, true, health_page},
    {"/readyz", kRead, true, ready_page},
    {"/api/v1/alerts", kRead, false, api_alerts},
    {"/api/v1/processes", kRead, false, api_processes},
    {"/api/v1/query", kAsk, false, api_query},
    {"/api/v1/query_range", kAsk, false, api_query_range},
    {"/api/v1/series", kAsk, false, api_series},
    {"/api/v1/labels", kAsk, false, api_labels},
    {"/api/v1/label/*/values", kRead, false, api_label_values},
    {"/api/v1/metadata", kRead, false, api_metadata},
    {"/api/v1/status/buildinfo", kRead, true, api_build_info},
    {"/config", kRead, false, config_page},
    {"/-/reload", "POST", false, reload_page},
});

bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const std::size_t pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const std::size_t path_end = std::min(path.find('/', 1), path.size());
    const std::string_view wanted = pattern.substr(0, pattern_end);
    if (wanted == "/*" ? path_end < 2 : wanted != path.substr(0, path_end)) return false;
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
  return pattern.empty() && path.empty();
}

bool is_api(const Request& request) { return request.path.starts_with("/api/"); }

}  // namespace

const Route* find_route(std::string_view path) {
  const auto* const route = std::ranges::find_if(kRoutes, [&](const Route& row) { return matches(row.path, path); });
  return route == kRoutes.end() ? nullptr : &*route;
}

Response no_such_path(const Request& request) {
  if (is_api(request)) return api_error(ApiError::kNotFound, "no such path; docs/http.md lists them");
  return plain(404, "not found; / has links to what there is\n");
}

bool allows(const Route& route, std::string_view method) {
  std::string_view rest = route.methods;
  while (!rest.empty()) {
    if (take_until(rest, ',') == method) return true;
  }
  return false;
}

Response wrong_method(const Request& request, const Route& route) {
  const std::string text = fmt::format("this path takes {}", route.methods);
  Response response = is_api(request) ? api_error(ApiError::kBadData, text) : plain(405, text + "\n");
  response.status = 405;
  response.headers.emplace_back("Allow", route.methods);
  return response;
}

}  // namespace pmon::http
