// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "delivery/loki_body.h"
#include "export/exporters.h"
#include "export/http_destination.h"
#include "export/loki_encoder.h"

namespace pmon {

Settings LokiConfig::settings() {
  Settings all = http.settings();
  append(all, {text_setting("tenant", tenant), labels_setting("labels", labels), events_setting(events),
               text_setting("fallback", fallback)});
  append(all, queue.settings());
  return all;
}

Result<std::unique_ptr<Exporter>> LokiConfig::start(const ExportSurroundings& surroundings) const {
  delivery::HttpRequest request =
      http.request("application/json", has_path(http.url.reveal()) ? "" : "/loki/api/v1/push");
  if (!tenant.empty()) request.headers.emplace_back("X-Scope-OrgID", tenant);
  auto queues = start_queues(*this, surroundings, std::make_unique<HttpDestination>(http.http, std::move(request)));
  if (!queues) return std::unexpected(queues.error());
  auto encoder = std::make_unique<LokiEncoder>(with_tags(labels, {{"host", surroundings.host}, {"job", "pmon"}}));
  return std::make_unique<PushExporter>(
      PushExporter::Parts{{}, events, std::move(encoder), std::move(queues->fallback), std::move(queues->queue)});
}

}  // namespace pmon
