// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/queue.h"
#include "export/exporter.h"
#include "pmon/notification.h"
#include "pmon/snapshot.h"

namespace pmon::daemon {

// What a configuration asks for. One that runs already as it is asked for is null here.
struct OpenedSinks {
  struct Exporting {
    std::string name;
    std::string kind;
    std::string identity;            // equal where all settings are
    std::vector<std::string> files;  // that it writes
    std::unique_ptr<Exporter> exporter;
  };
  struct Notifying {
    std::string name;
    std::string identity;
    std::string receiver;
    std::unique_ptr<delivery::Queue> queue;
    bool forgets = false;  // an Alertmanager lets an alert end of which it hears nothing for some minutes
  };
  std::vector<Exporting> exporters;
  std::vector<Notifying> notifiers;
  std::set<std::string> printed_receivers;
};

// Every exporter, and the queue of every notifier. One thread; the queues have theirs.
class Sinks {
 public:
  explicit Sinks(OpenedSinks opened);

  [[nodiscard]] auto exporters() const {
    return std::views::transform(running_.exporters, [](const auto& exporting) { return exporting.exporter.get(); });
  }
  // Those of that name; null: none.
  [[nodiscard]] const OpenedSinks::Exporting* exporter(std::string_view name) const;
  [[nodiscard]] const OpenedSinks::Notifying* notifier(std::string_view name) const;
  [[nodiscard]] std::set<std::string> files() const;
  // What was opened beside these takes the place of those with the same names, and their items and counts; what is
  // null there stays; what is not there ends by the deadline. Returns what is to be told of those that ended.
  [[nodiscard]] std::vector<Notice> change(OpenedSinks changed, Timestamp wall, delivery::Deadline deadline);
  // Hands a notification to the receiver's notifiers; true where the receiver's alerts go to stdout, too.
  [[nodiscard]] bool notify(const Notification& notification);
  // What stands, for those notifiers that forget, and no other: an earlier run or another notifier told of it.
  [[nodiscard]] bool want_reminders() const { return !to_remind_.empty(); }
  void remind(std::span<const Notification> standing);
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

  void change_exporters(std::vector<OpenedSinks::Exporting>& changed, Timestamp wall);
  void change_notifiers(std::vector<OpenedSinks::Notifying>& changed);

  OpenedSinks running_;
  std::set<std::string> to_remind_;  // names of notifiers
  std::map<std::string, Told> told_;
};

}  // namespace pmon::daemon
