// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <nlohmann/json.hpp>

#include "http/endpoints.h"

namespace pmon::http {
namespace {

using Json = nlohmann::ordered_json;

// Times as ms since the epoch, as in pmon's JSON lines.
Json sink_json(const delivery::QueueStatus& sink) {
  Json json = {{"name", sink.name}, {"healthy", !sink.failing_since.has_value()}, {"queue_length", sink.length}};
  json["sent"] = sink.sent;
  json["dropped"] = sink.dropped;
  json["retries"] = sink.retries;
  json["circuit_open"] = sink.open;
  if (sink.last_success) json["last_success"] = *sink.last_success;
  if (sink.failing_since) json["failing_since"] = *sink.failing_since;
  if (!sink.last_error.empty()) json["last_error"] = sink.last_error;
  return json;
}

}  // namespace

Response health_page(const Health& health) {
  const char* const status = !health.alive ? "stopped" : health.stale ? "stale" : "ok";
  Json body = {{"alive", health.alive}, {"status", status}, {"ready", health.ready}};
  body["version"] = health.version;
  body["time"] = health.now;
  body["started_at"] = health.started_at;
  body["interval_seconds"] = static_cast<double>(health.interval_ms) / 1000;
  body["collector"] = health.collector;
  body["level"] = health.level;
  if (health.last_collection) body["last_collection"] = *health.last_collection;
  if (health.age_seconds) body["age_seconds"] = *health.age_seconds;
  body["sinks"] = Json::array();
  for (const auto& sink : health.sinks) body["sinks"].push_back(sink_json(sink));
  return json(health.stale ? 503 : 200, body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Response health_page(const Request& /*request*/, Host& host) { return health_page(host.health()); }

Response ready_page(const Request& /*request*/, Host& host) {
  return host.health().ready ? plain(200, "ready\n") : plain(503, "not ready: the first collection is not over\n");
}

Response config_page(const Request& /*request*/, Host& host) {
  auto configuration = host.configuration();
  return configuration ? plain(200, std::move(*configuration)) : plain(503, configuration.error().text() + "\n");
}

Response reload_page(const Request& /*request*/, Host& host) {
  const auto reloaded = host.reload();
  return reloaded ? plain(200, "reloaded\n") : plain(500, "not reloaded: " + reloaded.error().text() + "\n");
}

}  // namespace pmon::http
