// SPDX-License-Identifier: Apache-2.0
#include "daemon/sinks.h"

#include <thread>
#include <utility>

#include <fmt/format.h>

#include "notify/notification_json.h"

namespace pmon::daemon {

namespace {

constexpr Timestamp kTellEvery = 60'000;

}  // namespace

Sinks::Sinks(std::vector<std::unique_ptr<Exporter>> exporters, std::vector<Notifier> notifiers,
             std::set<std::string> printed_receivers)
    : exporters_(std::move(exporters)), notifiers_(std::move(notifiers)), printed_(std::move(printed_receivers)) {}

bool Sinks::notify(const Notification& notification) {
  std::optional<delivery::Item> item;
  for (const Notifier& notifier : notifiers_) {
    if (notifier.receiver != notification.receiver) continue;
    if (!item) item = notify::to_item(notification);
    notifier.queue->push(*item);
  }
  return printed_.contains(notification.receiver);
}

void Sinks::remind(const Notification& notification) {
  for (const Notifier& notifier : notifiers_) {
    if (notifier.forgets && notifier.receiver == notification.receiver) {
      notifier.queue->push(notify::to_item(notification));
    }
  }
}

std::vector<delivery::QueueStatus> Sinks::statuses() const {
  std::vector<delivery::QueueStatus> statuses;
  for (const auto& exporter : exporters_) {
    if (auto status = exporter->status()) statuses.push_back(std::move(*status));
  }
  for (const Notifier& notifier : notifiers_) statuses.push_back(notifier.queue->status());
  return statuses;
}

std::vector<Notice> Sinks::take_notices(Timestamp now, bool at_the_end) {
  std::vector<Notice> notices;
  for (const delivery::QueueStatus& status : statuses()) {
    Told& told = told_[status.name];
    std::uint64_t dropped = 0;
    for (const auto& [reason, count] : status.dropped) dropped += count;
    const bool due = at_the_end || !told.dropped_at || now - *told.dropped_at >= kTellEvery;
    if (dropped != told.dropped && due) {
      told.dropped = dropped;
      told.dropped_at = now;
      std::string reasons;
      for (const auto& [reason, count] : status.dropped) {
        reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", count, reason);
      }
      notices.push_back({Notice::Level::kError, "sink_dropped",
                         fmt::format("{}: {} items were given up so far ({}){}{}", status.name, dropped, reasons,
                                     status.last_error.empty() ? "" : "; last error: ", status.last_error)});
    }
    const bool failing = status.failing_since.has_value();
    if (failing != told.failing) {
      notices.push_back({failing ? Notice::Level::kWarning : Notice::Level::kInfo,
                         failing ? "sink_failing" : "sink_works",
                         failing ? fmt::format("{} takes nothing at present, {} items wait: {}", status.name,
                                               status.length, status.last_error)
                                 : fmt::format("{} works again", status.name)});
    }
    told.failing = failing;
  }
  return notices;
}

void Sinks::stop(Timestamp wall, delivery::Deadline deadline) {
  // Side by side: a slow one must not use up the time of the others.
  std::vector<std::jthread> stoppers;
  for (const Notifier& notifier : notifiers_) {
    stoppers.emplace_back([&notifier, deadline] { notifier.queue->stop(deadline); });
  }
  for (const auto& exporter : exporters_) {
    stoppers.emplace_back([&exporter, wall, deadline] { exporter->stop(wall, deadline); });
  }
}

}  // namespace pmon::daemon
