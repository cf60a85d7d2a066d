// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/queue.h"
#include "export/exporter.h"
#include "pmon/notification.h"
#include "pmon/snapshot.h"

namespace pmon::daemon {

// Every exporter, and the queue of every notifier. One thread; the queues have theirs.
class Sinks {
 public:
  struct Notifier {
    std::string receiver;
    std::unique_ptr<delivery::Queue> queue;
    bool forgets = false;  // an Alertmanager lets an alert end of which it hears nothing for some minutes
  };

  Sinks(std::vector<std::unique_ptr<Exporter>> exporters, std::vector<Notifier> notifiers,
        std::set<std::string> printed_receivers);

  [[nodiscard]] const std::vector<std::unique_ptr<Exporter>>& exporters() const { return exporters_; }
  // Hands a notification to the receiver's notifiers; true where the receiver's alerts go to stdout, too.
  [[nodiscard]] bool notify(const Notification& notification);
  // The same for those notifiers that forget, and no other: what they were told by an earlier run.
  void remind(const Notification& notification);
  [[nodiscard]] std::vector<delivery::QueueStatus> statuses() const;
  // Of sinks that began to fail, gave something up or work again since the last call; what one gives up is told once a
  // minute, with `at_the_end` whatever has not been told.
  [[nodiscard]] std::vector<Notice> take_notices(Timestamp now, bool at_the_end = false);
  // All at once; returns by the deadline.
  void stop(Timestamp wall, delivery::Deadline deadline);

 private:
  struct Told {
    bool failing = false;
    std::uint64_t dropped = 0;
    std::optional<Timestamp> dropped_at;  // when that was told
  };

  std::vector<std::unique_ptr<Exporter>> exporters_;
  std::vector<Notifier> notifiers_;
  std::set<std::string> printed_;
  std::map<std::string, Told> told_;
};

}  // namespace pmon::daemon
