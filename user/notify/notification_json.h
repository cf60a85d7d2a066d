// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "delivery/destination.h"
#include "pmon/notification.h"
#include "pmon/result.h"

namespace pmon::notify {

// What a webhook's body says besides the notification.
struct WebhookForm {
  std::string external_url;
  std::size_t max_alerts = 0;  // 0: all; what is left out is counted in truncatedAlerts
};

// Prometheus's fingerprint of a label set, as Alertmanager shows it: 16 hex digits.
[[nodiscard]] std::string fingerprint(const Labels& labels);

// The body of Alertmanager's webhooks, version "4", and nothing else. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string webhook_body(const Notification& notification, const WebhookForm& form);

// The same with what only pmon knows: of each alert its "reason", "value" ("NaN", "+Inf", "-Inf" where it is no
// number) and "ts", the time of the notice in ms. parse_notification() gives the notification back as it was.
[[nodiscard]] std::string to_json(const Notification& notification, const std::string& external_url = {});
[[nodiscard]] Result<Notification> parse_notification(std::string_view json);

// One alert as it is in to_json().
[[nodiscard]] std::string alert_to_json(const AlertNotice& alert);

// For a queue or a spool.
[[nodiscard]] delivery::Item to_item(const Notification& notification);

}  // namespace pmon::notify
