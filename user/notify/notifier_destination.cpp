// SPDX-License-Identifier: Apache-2.0
#include "notify/notifier_destination.h"

#include <utility>

#include "notify/notification_json.h"
#include "notify/notification_parts.h"

namespace pmon::notify {

NotifierDestination::NotifierDestination(std::unique_ptr<Notifier> notifier, DestinationOptions options)
    : notifier_(std::move(notifier)), options_(std::move(options)) {}

delivery::Outcome NotifierDestination::send(const delivery::Item& item, delivery::Deadline deadline) {
  tell_of_lost();
  Result<Notification> parsed = parse_notification(item.body);
  if (!parsed) return delivery::Outcome::rejected(parsed.error().text());
  Notification notification = std::move(*parsed);
  if (!options_.send_resolved) notification = only_firing(std::move(notification));
  if (notification.alerts.empty()) return delivery::Outcome::delivered();
  return notifier_->notify(with_labels(std::move(notification), options_.external_labels), deadline);
}

delivery::Outcome NotifierDestination::refresh(delivery::Deadline deadline) {
  tell_of_lost();
  return notifier_->refresh(deadline);
}

// Only who says again what it said has any use for it.
void NotifierDestination::lost(const delivery::Item& item) {
  if (notifier_->refresh_interval() == std::chrono::milliseconds::zero()) return;
  const std::lock_guard lock(mutex_);
  lost_.push_back(item);
}

void NotifierDestination::tell_of_lost() {
  std::vector<delivery::Item> lost;
  {
    const std::lock_guard lock(mutex_);
    lost.swap(lost_);
  }
  for (const delivery::Item& item : lost) {
    if (auto parsed = parse_notification(item.body)) {
      notifier_->lost(with_labels(std::move(*parsed), options_.external_labels));
    }
  }
}

}  // namespace pmon::notify
