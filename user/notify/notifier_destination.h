// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "delivery/destination.h"
#include "notify/notifier.h"
#include "pmon/labels.h"

namespace pmon::notify {

struct DestinationOptions {
  bool send_resolved = true;  // false: resolved alerts are left out, and what holds no others counts as delivered
  Labels external_labels;     // for alerts that have no such label of their own
};

// What to_item() made of notifications, handed to a notifier.
class NotifierDestination : public delivery::Destination {
 public:
  explicit NotifierDestination(std::unique_ptr<Notifier> notifier, DestinationOptions options = {});

  [[nodiscard]] delivery::Outcome send(const delivery::Item& item, delivery::Deadline deadline) override;
  [[nodiscard]] std::chrono::milliseconds refresh_interval() const override { return notifier_->refresh_interval(); }
  [[nodiscard]] delivery::Outcome refresh(delivery::Deadline deadline) override;
  void lost(const delivery::Item& item) override;

 private:
  void tell_of_lost();

  std::unique_ptr<Notifier> notifier_;
  DestinationOptions options_;
  std::mutex mutex_;
  std::vector<delivery::Item> lost_;  // until the queue's thread comes by
};

}  // namespace pmon::notify
