// SPDX-License-Identifier: Apache-2.0
#include "notify/notifier_destination.h"

#include <utility>

#include "notify/notification_json.h"
#include "notify/notification_parts.h"

namespace pmon::notify {

NotifierDestination::NotifierDestination(std::unique_ptr<Notifier> notifier, DestinationOptions options)
    : notifier_(std::move(notifier)), options_(std::move(options)) {}

delivery::Outcome NotifierDestination::send(const delivery::Item& item, delivery::Deadline deadline) {
  Result<Notification> parsed = parse_notification(item.body);
  if (!parsed) return delivery::Outcome::rejected(parsed.error().text());
  Notification notification = std::move(*parsed);
  if (!options_.send_resolved) notification = only_firing(std::move(notification));
  if (notification.alerts.empty()) return delivery::Outcome::delivered();
  return notifier_->notify(with_labels(std::move(notification), options_.external_labels), deadline);
}

}  // namespace pmon::notify
