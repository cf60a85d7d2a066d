// SPDX-License-Identifier: Apache-2.0
#include "daemon/sinks.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "notify/notification_json.h"

namespace pmon::daemon {

namespace {

constexpr Timestamp kTellEvery = 60'000;

std::uint64_t dropped_by(const delivery::QueueStatus& status) {
  std::uint64_t dropped = 0;
  for (const auto& [reason, count] : status.dropped) dropped += count;
  return dropped;
}

Notice dropped_notice(const delivery::QueueStatus& status) {
  std::string reasons;
  for (const auto& [reason, count] : status.dropped) {
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", count, reason);
  }
  return {Notice::Level::kError, "sink_dropped",
          fmt::format("{}: {} items were given up so far ({}){}{}", status.name, dropped_by(status), reasons,
                      status.last_error.empty() ? "" : "; last error: ", status.last_error)};
}

// Null where there is none.
const auto* named(const auto& all, std::string_view name) {
  const auto found = std::ranges::find_if(all, [name](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

Sinks::Sinks(OpenedSinks opened) : running_(std::move(opened)) {
  for (const OpenedSinks::Notifying& notifier : running_.notifiers) {
    if (notifier.forgets) to_remind_.insert(notifier.name);
  }
}

const OpenedSinks::Exporting* Sinks::exporter(std::string_view name) const { return named(running_.exporters, name); }

const OpenedSinks::Notifying* Sinks::notifier(std::string_view name) const { return named(running_.notifiers, name); }

std::set<std::string> Sinks::files() const {
  std::set<std::string> files;
  for (const OpenedSinks::Exporting& exporting : running_.exporters) {
    files.insert(exporting.files.begin(), exporting.files.end());
  }
  return files;
}

bool Sinks::notify(const Notification& notification) {
  std::optional<delivery::Item> item;
  for (const OpenedSinks::Notifying& notifier : running_.notifiers) {
    if (notifier.receiver != notification.receiver) continue;
    if (!item) item = notify::to_item(notification);
    notifier.queue->push(*item);
  }
  return running_.printed_receivers.contains(notification.receiver);
}

void Sinks::remind(std::span<const Notification> standing) {
  for (const OpenedSinks::Notifying& notifier : running_.notifiers) {
    if (!to_remind_.contains(notifier.name)) continue;
    for (const Notification& notification : standing) {
      if (notifier.receiver == notification.receiver) notifier.queue->push(notify::to_item(notification));
    }
  }
  to_remind_.clear();
}

void Sinks::change_exporters(std::vector<OpenedSinks::Exporting>& changed, Timestamp wall) {
  for (OpenedSinks::Exporting& next : changed) {
    const auto before = std::ranges::find(running_.exporters, next.name, &OpenedSinks::Exporting::name);
    if (before == running_.exporters.end()) continue;
    if (next.exporter == nullptr) {
      next.exporter = std::move(before->exporter);
    } else {
      next.exporter->take_over(before->exporter->retire(wall));
      told_[next.name].failing = false;  // of the new one nothing is known yet
    }
    running_.exporters.erase(before);
  }
  running_.exporters.swap(changed);
}

void Sinks::change_notifiers(std::vector<OpenedSinks::Notifying>& changed) {
  for (OpenedSinks::Notifying& next : changed) {
    const auto before = std::ranges::find(running_.notifiers, next.name, &OpenedSinks::Notifying::name);
    if (next.queue != nullptr && next.forgets) to_remind_.insert(next.name);
    if (before == running_.notifiers.end()) continue;
    if (next.queue == nullptr) {
      next.queue = std::move(before->queue);
    } else {
      next.queue->take_over(std::move(before->queue));
      told_[next.name].failing = false;
    }
    running_.notifiers.erase(before);
  }
  running_.notifiers.swap(changed);
}

std::vector<Notice> Sinks::change(OpenedSinks changed, Timestamp wall, delivery::Deadline deadline) {
  change_exporters(changed.exporters, wall);
  change_notifiers(changed.notifiers);
  running_.printed_receivers.swap(changed.printed_receivers);
  Sinks removed(std::move(changed));
  removed.stop(wall, deadline);
  std::vector<Notice> notices;
  for (const delivery::QueueStatus& status : removed.statuses()) {
    const auto told = told_.extract(status.name);
    const std::uint64_t before = told ? told.mapped().dropped : 0;
    if (dropped_by(status) != before) notices.push_back(dropped_notice(status));
    if (status.length == 0) continue;
    notices.push_back(
        {Notice::Level::kWarning, "sink_removed",
         fmt::format("{} is no more; {} items are still in its spool or on their way", status.name, status.length)});
  }
  return notices;
}

std::vector<delivery::QueueStatus> Sinks::statuses() const {
  std::vector<delivery::QueueStatus> statuses;
  for (const auto& exporter : exporters()) {
    if (auto status = exporter->status()) statuses.push_back(std::move(*status));
  }
  for (const OpenedSinks::Notifying& notifier : running_.notifiers) statuses.push_back(notifier.queue->status());
  return statuses;
}

std::vector<Notice> Sinks::take_notices(Timestamp now, bool at_the_end) {
  std::vector<Notice> notices;
  for (const delivery::QueueStatus& status : statuses()) {
    Told& told = told_[status.name];
    const std::uint64_t dropped = dropped_by(status);
    const bool due = at_the_end || !told.dropped_at || now - *told.dropped_at >= kTellEvery;
    if (dropped != told.dropped && due) {
      told.dropped = dropped;
      told.dropped_at = now;
      notices.push_back(dropped_notice(status));
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
  stoppers.reserve(running_.notifiers.size());
  for (const OpenedSinks::Notifying& notifier : running_.notifiers) {
    stoppers.emplace_back([&notifier, deadline] { notifier.queue->stop(deadline); });
  }
  for (Exporter* exporter : exporters()) {
    stoppers.emplace_back([exporter, wall, deadline] { exporter->stop(wall, deadline); });
  }
}

}  // namespace pmon::daemon
