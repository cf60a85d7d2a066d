// SPDX-License-Identifier: Apache-2.0
#include "notify/webhook.h"

#include <array>
#include <limits>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "notify/http_post.h"
#include "notify/notification_json.h"

namespace pmon::notify {

WebhookNotifier::WebhookNotifier(WebhookOptions options, const Surroundings& surroundings)
    : options_(std::move(options)), external_url_(surroundings.external_url), client_(options_.http) {}

delivery::Outcome WebhookNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  const std::string body = webhook_body(notification, {external_url_, options_.max_alerts});
  const delivery::HttpRequest request = json_post(options_.url, body);
  return delivery::outcome_of(request, client_.send(request, deadline));
}

MakeNotifier read_webhook(SectionReader& section, const YAML::Node& node) {
  constexpr std::array<std::string_view, 4> kKeys = {"url", "url_file", "max_alerts", "http_config"};
  WebhookOptions options;
  options.http = section.default_http();
  section.keys(node, kKeys, [&](const std::string& key, const YAML::Node& value) {
    if (key == "url") options.url = section.url(value, key);
    if (key == "url_file") options.url = section.url_file(value, key);
    if (key == "http_config") options.http = section.http(value);
    if (key == "max_alerts") {
      options.max_alerts =
          static_cast<std::size_t>(section.yaml().integer(value, key, 0, std::numeric_limits<std::int32_t>::max()));
    }
  });
  section.need_one_of(node, {"url", "url_file"});
  return
      [options](const Surroundings& surroundings) { return std::make_unique<WebhookNotifier>(options, surroundings); };
}

}  // namespace pmon::notify
