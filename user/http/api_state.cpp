// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/rfc3339.h"
#include "export/metrics_json.h"
#include "export/utf8.h"
#include "http/api.h"
#include "http/endpoints.h"
#include "http/json_text.h"
#include "pmon/suggest.h"

namespace pmon::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostProcesses = 10'000;
constexpr auto kOrders = std::to_array<std::string_view>({"cpu", "memory", "threads", "faults", "pid"});
constexpr auto kProcessParameters = std::to_array<std::string_view>({"sort", "limit"});

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// As Go's strconv.FormatFloat(value, 'e', -1, 64).
std::string scientific(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> buffer;
  return {buffer.data(), std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::scientific).ptr};
}

Json process_json(const ProcessView& view) {
  const ProcessSample& sample = view.sample;
  Json out = {{"pid", sample.key.pid}, {"start_ticks", sample.key.start_ticks}, {"comm", valid_utf8(sample.comm)}};
  out["parent_pid"] = sample.parent_pid;
  out["uid"] = sample.uid;
  if (!view.group.empty()) out["group"] = valid_utf8(view.group);
  if (view.cpu_cores) out["cpu_cores"] = json_number(*view.cpu_cores);
  if (view.faults_per_second) out["faults_per_second"] = json_number(*view.faults_per_second);
  out["metrics"] = json_metrics(sample.metrics);
  return out;
}

Parsed<ProcessQuery> process_query(const Request& request) {
  ProcessQuery query;
  for (const auto& [name, value] : request.parameters) {
    if (name == "sort") {
      const auto order = process_order_of(value);
      if (!order) {
        return std::unexpected(
            invalid_parameter(name, fmt::format("unknown order {}{}; known: {}", pmon::quoted(value),
                                                did_you_mean(value, kOrders), fmt::join(kOrders, ", "))));
      }
      query.order = *order;
    } else if (name == "limit") {
      const auto read = std::from_chars(value.data(), value.data() + value.size(), query.limit);
      if (read.ec != std::errc() || read.ptr != value.data() + value.size() || query.limit == 0 ||
          query.limit > kMostProcesses) {
        return std::unexpected(invalid_parameter(
            name, fmt::format("{} is not a number from 1 to {}", pmon::quoted(value), kMostProcesses)));
      }
    } else {
      return std::unexpected(
          invalid_parameter(name, fmt::format("there is no such parameter{}", did_you_mean(name, kProcessParameters))));
    }
  }
  return query;
}

}  // namespace

Response api_alerts(const Request& /*request*/, Host& host) {
  const auto alerts = host.alerts();
  if (!alerts) return host_error(alerts.error());
  std::string data = R"({"alerts":[)";
  for (std::size_t i = 0; i < alerts->size(); ++i) {
    const ActiveAlertView& alert = (*alerts)[i];
    data += i == 0 ? R"({"labels":)" : R"(,{"labels":)";
    append_json_labels(data, alert.labels);
    data += R"(,"annotations":)";
    append_json_labels(data, alert.annotations);
    data += fmt::format(R"(,"state":"{}","activeAt":"{}","value":"{}"}})", alert.firing ? "firing" : "pending",
                        alerts::format_rfc3339(alert.active_since), scientific(alert.value));
  }
  return api_success(data + "]}");
}

Response api_processes(const Request& request, Host& host) {
  const auto query = process_query(request);
  if (!query) return query.error();
  const auto processes = host.processes(*query);
  if (!processes) return host_error(processes.error());
  Json list = Json::array();
  for (const ProcessView& view : *processes) list.push_back(process_json(view));
  return api_success(text_of({{"processes", std::move(list)}}));
}

// Grafana asks for it to tell which features it may use.
Response api_build_info(const Request& /*request*/, Host& host) {
  return api_success(text_of({{"version", host.health().version},
                              {"revision", ""},
                              {"branch", ""},
                              {"buildUser", ""},
                              {"buildDate", ""},
                              {"goVersion", ""}}));
}

}  // namespace pmon::http
