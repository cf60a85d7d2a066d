// SPDX-License-Identifier: Apache-2.0
#include "recording/header.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pmon/version.h"
#include "recording/format.h"
#include "recording/json_integer.h"

namespace pmon::recording {

namespace {

using Json = nlohmann::ordered_json;

constexpr Timestamp kLongestInterval = 86'400'000;

std::string label_of(const MetricInfo& row) {
  return row.label_key.empty() ? "" : fmt::format("{}={}", row.label_key, row.label_value);
}

std::optional<Metric> metric_of(std::string_view name, std::string_view label) {
  for (const MetricInfo& row : metric_table()) {
    if (row.name == name && label_of(row) == label) return row.metric;
  }
  return std::nullopt;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json capabilities_json(const Capabilities& capabilities) {
  Json missing = Json::array();
  for (const MetricInfo& row : metric_table()) {
    if (capabilities.has(row.metric)) continue;
    missing.push_back({{"name", row.name}, {"label", label_of(row)}, {"reason", capabilities.why_missing(row.metric)}});
  }
  Json features = Json::array();
  for (const Feature& feature : capabilities.features) {
    features.push_back({{"name", feature.name}, {"mode", mode_name(feature.mode)}, {"reason", feature.reason}});
  }
  return {{"missing", std::move(missing)}, {"features", std::move(features)}};
}

Feature::Mode mode_of(const std::string& name) {
  for (const Feature::Mode mode : {Feature::Mode::kFull, Feature::Mode::kDegraded}) {
    if (name == mode_name(mode)) return mode;
  }
  return Feature::Mode::kMissing;
}

// Throws what nlohmann throws.
Capabilities capabilities_from(const Json& json, const Header& header) {
  Capabilities capabilities;
  for (const MetricInfo& row : metric_table()) {
    const bool recorded =
        std::ranges::any_of(header.metrics, [&row](const MetricColumn& column) { return column.metric == row.metric; });
    if (recorded) {
      capabilities.add(row.metric);
    } else {
      capabilities.remove(row.metric,
                          fmt::format("the recording was made by pmon {}, which did not have it", header.writer));
    }
  }
  for (const Json& entry : json.at("missing")) {
    const auto metric = metric_of(entry.at("name").get<std::string>(), entry.at("label").get<std::string>());
    if (metric) capabilities.remove(*metric, "when it was recorded: " + entry.at("reason").get<std::string>());
  }
  for (const Json& entry : json.at("features")) {
    capabilities.features.push_back({entry.at("name").get<std::string>(), mode_of(entry.at("mode").get<std::string>()),
                                     entry.at("reason").get<std::string>()});
  }
  return capabilities;
}

HostFacts host_from(const Json& json) {
  return {json.at("name").get<std::string>(),
          json.at("boot_id").get<std::string>(),
          json.at("kernel").get<std::string>(),
          json.at("machine").get<std::string>(),
          integer_of<std::uint64_t>(json.at("cpus")),
          integer_of<std::uint64_t>(json.at("memory_bytes")),
          integer_of<std::uint64_t>(json.at("page_size")),
          integer_of<std::uint64_t>(json.at("clock_ticks_per_second"))};
}

std::vector<MetricColumn> columns_from(const Json& json) {
  std::vector<MetricColumn> columns;
  for (const Json& entry : json) {
    MetricColumn& column = columns.emplace_back();
    column.name = entry.at("name").get<std::string>();
    column.label = entry.at("label").get<std::string>();
    column.metric = metric_of(column.name, column.label);
  }
  return columns;
}

Header header_from(const Json& json) {
  Header header;
  header.writer = json.at("pmon").get<std::string>();
  header.recording = json.at("recording").get<std::string>();
  header.part = integer_of<std::uint64_t>(json.at("part"));
  header.started = time_of(json.at("started"));
  header.interval_ms = time_of(json.at("interval_ms"));
  header.host = host_from(json.at("host"));
  header.collector = json.at("collector").get<std::string>();
  header.metrics = columns_from(json.at("metrics"));
  header.capabilities = capabilities_from(json.at("capabilities"), header);
  return header;
}

template <typename Parse>
auto guarded(std::string_view text, Parse&& parse) -> Result<decltype(parse(Json()))> {
  try {
    return parse(Json::parse(text));
  } catch (const Json::exception& error) {
    return fail(ErrorKind::kUsage, error.what());
  }
}

}  // namespace

std::vector<MetricColumn> own_columns() {
  std::vector<MetricColumn> columns;
  for (const MetricInfo& row : metric_table()) columns.push_back({std::string(row.name), label_of(row), row.metric});
  return columns;
}

std::string header_text(const Header& header) {
  Json metrics = Json::array();
  for (const MetricColumn& column : header.metrics) metrics.push_back({{"name", column.name}, {"label", column.label}});
  const HostFacts& host = header.host;
  return dump({{"pmon", header.writer},
               {"recording", header.recording},
               {"part", header.part},
               {"started", header.started},
               {"interval_ms", header.interval_ms},
               {"host",
                {{"name", host.name},
                 {"boot_id", host.boot_id},
                 {"kernel", host.kernel},
                 {"machine", host.machine},
                 {"cpus", host.cpus},
                 {"memory_bytes", host.memory_bytes},
                 {"page_size", host.page_size},
                 {"clock_ticks_per_second", host.clock_ticks_per_second}}},
               {"collector", header.collector},
               {"metrics", std::move(metrics)},
               {"capabilities", capabilities_json(header.capabilities)}});
}

Result<Header> parse_header(std::string_view text) {
  auto parsed = guarded(text, [](const Json& json) { return header_from(json); });
  if (!parsed) return parsed;
  if (parsed->metrics.size() > kMostMetrics) {
    return fail(ErrorKind::kUsage,
                fmt::format("{} metrics, more than the {} of this format", parsed->metrics.size(), kMostMetrics));
  }
  if (parsed->interval_ms < 1 || parsed->interval_ms > kLongestInterval) {
    return fail(ErrorKind::kUsage, fmt::format("an interval of {} ms", parsed->interval_ms));
  }
  return parsed;
}

std::string capabilities_text(const Capabilities& capabilities) { return dump(capabilities_json(capabilities)); }

Result<Capabilities> parse_capabilities(std::string_view text, const Header& header) {
  return guarded(text, [&header](const Json& json) { return capabilities_from(json, header); });
}

bool same_capabilities(const Capabilities& a, const Capabilities& b) {
  const auto same = [](const Feature& x, const Feature& y) {
    return x.name == y.name && x.mode == y.mode && x.reason == y.reason;
  };
  return a.metrics == b.metrics && a.reasons == b.reasons && std::ranges::equal(a.features, b.features, same);
}

}  // namespace pmon::recording
