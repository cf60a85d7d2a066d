// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "pmon/notification.h"

namespace pmon::notify {

[[nodiscard]] inline bool is_firing(const AlertNotice& alert) { return alert.state == AlertNotice::State::kFiring; }
// "firing", "resolved".
[[nodiscard]] std::string_view status_of(const AlertNotice& alert);
// "firing" while one of its alerts is.
[[nodiscard]] std::string_view status_of(const Notification& notification);
// Alerts with the notification's status: what a title counts.
[[nodiscard]] std::size_t count_of_status(const Notification& notification);

// Those that fire first: what a reader wants to know, and what a rolled up text has room for.
[[nodiscard]] std::vector<const AlertNotice*> firing_first(const Notification& notification);

// What is left without the resolved ones; common labels are those of the rest. May have no alerts.
[[nodiscard]] Notification only_firing(Notification notification);

// With these labels on every alert that has no such label of its own, as Prometheus adds its external ones.
[[nodiscard]] Notification with_labels(Notification notification, const Labels& external_labels);

}  // namespace pmon::notify
