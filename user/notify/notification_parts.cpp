// SPDX-License-Identifier: Apache-2.0
#include "notify/notification_parts.h"

#include <algorithm>

namespace pmon::notify {
namespace {

Labels common(const std::vector<AlertNotice>& alerts, Labels AlertNotice::*labels) {
  if (alerts.empty()) return {};
  Labels shared;
  for (const auto& [name, value] : alerts.front().*labels) {
    const bool everywhere =
        std::ranges::all_of(alerts, [&](const AlertNotice& alert) { return (alert.*labels).get(name) == value; });
    if (everywhere) shared.set(name, value);
  }
  return shared;
}

void find_common(Notification& notification) {
  notification.common_labels = common(notification.alerts, &AlertNotice::labels);
  notification.common_annotations = common(notification.alerts, &AlertNotice::annotations);
}

}  // namespace

std::string_view status_of(const AlertNotice& alert) { return is_firing(alert) ? "firing" : "resolved"; }

std::string_view status_of(const Notification& notification) {
  return std::ranges::any_of(notification.alerts, is_firing) ? "firing" : "resolved";
}

std::size_t count_of_status(const Notification& notification) {
  const auto firing = static_cast<std::size_t>(std::ranges::count_if(notification.alerts, is_firing));
  return firing > 0 ? firing : notification.alerts.size();
}

std::vector<const AlertNotice*> firing_first(const Notification& notification) {
  std::vector<const AlertNotice*> alerts;
  alerts.reserve(notification.alerts.size());
  for (const AlertNotice& alert : notification.alerts) alerts.push_back(&alert);
  std::ranges::stable_partition(alerts, [](const AlertNotice* alert) { return is_firing(*alert); });
  return alerts;
}

Notification only_firing(Notification notification) {
  std::erase_if(notification.alerts, [](const AlertNotice& alert) { return !is_firing(alert); });
  find_common(notification);
  return notification;
}

Notification with_labels(Notification notification, const Labels& external_labels) {
  if (external_labels.empty()) return notification;
  for (AlertNotice& alert : notification.alerts) {
    for (const auto& [name, value] : external_labels) {
      if (!alert.labels.has(name)) alert.labels.set(name, value);
    }
  }
  find_common(notification);
  return notification;
}

}  // namespace pmon::notify
