// SPDX-License-Identifier: Apache-2.0
#include "notify/loki.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "notify/http_post.h"
#include "notify/notification_json.h"
#include "notify/notification_parts.h"

namespace pmon::notify {

std::string loki_alerts_body(const Notification& notification, const LokiOptions& options, const std::string& host) {
  std::vector<delivery::LokiEntry> entries;
  for (const AlertNotice& alert : notification.alerts) {
    Labels stream = options.labels;
    stream.set("host", host);
    stream.set("alertname", alert.labels.get("alertname"));
    stream.set("severity", alert.labels.get("severity"));
    stream.set("state", status_of(alert));
    entries.push_back({std::move(stream), alert.time, alert_to_json(alert)});
  }
  return delivery::loki_body(std::move(entries));
}

LokiNotifier::LokiNotifier(LokiOptions options, const Surroundings& surroundings)
    : options_(std::move(options)), host_(surroundings.host), client_(options_.http) {}

delivery::Outcome LokiNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  const std::string body = loki_alerts_body(notification, options_, host_);
  delivery::HttpRequest request = json_post(options_.url, body);
  request.name = delivery::shown_url(options_.url.reveal());
  if (!options_.tenant_id.empty()) request.headers.emplace_back("X-Scope-OrgID", options_.tenant_id);
  request.gzip = true;
  return delivery::outcome_of(request, client_.send(request, deadline));
}

MakeNotifier read_loki(SectionReader& section, const YAML::Node& node) {
  constexpr std::array<std::string_view, 5> kKeys = {"url", "url_file", "tenant_id", "labels", "http_config"};
  LokiOptions options;
  options.http = section.default_http();
  section.keys(node, kKeys, [&](const std::string& key, const YAML::Node& value) {
    if (key == "url") options.url = section.url(value, key);
    if (key == "url_file") options.url = section.url_file(value, key);
    if (key == "tenant_id") options.tenant_id = section.header_value(value, key);
    if (key == "http_config") options.http = section.http(value);
    if (key != "labels") return;
    options.labels = {};
    section.yaml().each_key(value, {}, "'labels'", [&](const std::string& name, const YAML::Node& text) {
      if (!config::is_label_name(name)) section.yaml().error(text, fmt::format("'{}' is no name of a label", name));
      options.labels.set(name, section.yaml().expanded(text, name));
    });
  });
  section.need_one_of(node, {"url", "url_file"});
  return [options](const Surroundings& surroundings) { return std::make_unique<LokiNotifier>(options, surroundings); };
}

}  // namespace pmon::notify
