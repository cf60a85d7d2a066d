// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "delivery/http_client.h"
#include "notify/notifier.h"
#include "notify/section_reader.h"
#include "notify/surroundings.h"

namespace pmon::notify {

struct WebhookOptions {
  config::Secret url;
  std::size_t max_alerts = 0;  // 0: all
  delivery::HttpOptions http;
};

// Any program that takes Alertmanager's webhooks.
class WebhookNotifier : public Notifier {
 public:
  WebhookNotifier(WebhookOptions options, const Surroundings& surroundings);

  [[nodiscard]] std::string_view kind() const override { return "webhook"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  WebhookOptions options_;
  std::string external_url_;
  delivery::HttpClient client_;
};

[[nodiscard]] MakeNotifier read_webhook(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
