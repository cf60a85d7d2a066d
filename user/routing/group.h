// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alerts/active_alert.h"
#include "pmon/notification.h"
#include "routing/route.h"
#include "routing/router_memory.h"

namespace pmon::routing {

struct Group;

// An alert's part in one of its groups.
struct Membership {
  Group* group = nullptr;
  std::optional<Timestamp> told;            // when the receiver was last told that it fires
  std::shared_ptr<const Resolution> ended;  // it was told, and its end is not
};

// An alert that fires, or whose end somebody is to be told.
struct RoutedAlert {
  const Labels* labels = nullptr;
  std::vector<Membership> memberships;          // in the order of the routes; never two of one group
  std::uint64_t round = 0;                      // the last update() at which it fired
  const alerts::ActiveAlert* firing = nullptr;  // of that update() alone
  std::size_t firing_index = 0;                 // in its `firing`
  std::size_t rank = 0;                         // where it stands among what the last update() brought

  [[nodiscard]] Membership& in(const Group& group);
};

// The alerts that a route tells together.
struct Group {
  const Route* route = nullptr;
  Labels labels;
  std::string key;
  Timestamp due = 0;
  std::vector<RoutedAlert*> alerts;
};

// What holds in one update().
struct Round {
  std::uint64_t number = 1;  // those of alerts that never fired are 0
  Timestamp now = 0;
  std::function<bool(const RoutedAlert&)> held_back;  // inhibited or silenced; asked of firing alerts alone

  [[nodiscard]] bool fires(const RoutedAlert& alert) const { return alert.round == number; }
};

// A notification and where it stands among the others.
struct RankedNotification {
  bool resolves = false;
  std::size_t rank = 0;
  Notification notification;
};

// Tells what is to be told of a group, if anything is.
[[nodiscard]] std::optional<RankedNotification> tell(Group& group, const Round& round);

// When the group will have something to say, other than by changes; nothing where there is none.
[[nodiscard]] std::optional<Timestamp> next_due(const Group& group, const Round& round);

}  // namespace pmon::routing
