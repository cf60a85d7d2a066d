// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>

#include "delivery/destination.h"
#include "pmon/notification.h"

namespace pmon::notify {

// Tells one receiver's people or programs of alerts. Used from one thread alone, its queue's: it may wait, but never
// longer than the deadline.
class Notifier {
 public:
  virtual ~Notifier() = default;
  // For messages and the label `sink`: "slack".
  [[nodiscard]] virtual std::string_view kind() const = 0;
  [[nodiscard]] virtual delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) = 0;
  // As Destination's.
  [[nodiscard]] virtual std::chrono::milliseconds refresh_interval() const { return {}; }
  [[nodiscard]] virtual delivery::Outcome refresh(delivery::Deadline deadline);
  // What notify() will never be called with; from the same thread, and perhaps after what came later.
  virtual void lost(const Notification& notification);
};

}  // namespace pmon::notify
