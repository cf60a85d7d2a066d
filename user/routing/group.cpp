// SPDX-License-Identifier: Apache-2.0
#include "routing/group.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace pmon::routing {
namespace {

// Another group that told the same receiver of this alert.
Membership* other_teller(RoutedAlert& alert, const Group& group) {
  const auto at = std::ranges::find_if(alert.memberships, [&](const Membership& other) {
    return other.told && other.group != &group && other.group->route->receiver == group.route->receiver;
  });
  return at == alert.memberships.end() ? nullptr : &*at;
}

bool is_over(const Membership& membership, bool fires) { return membership.told && (membership.ended || !fires); }

// Whether the receiver has not heard that it fires, or not for the repeat interval.
bool wants_telling(RoutedAlert& alert, const Group& group, Timestamp now) {
  const Membership& own = alert.in(group);
  std::optional<Timestamp> told = own.ended ? std::nullopt : own.told;
  if (!told) {
    if (const Membership* other = other_teller(alert, group)) told = other->told;
  }
  return !told || now - *told >= group.route->repeat_interval_ms;
}

AlertNotice resolve(const RoutedAlert& alert, Membership& own, Timestamp now) {
  AlertNotice notice{alerts::kConditionEnded,
                     AlertNotice::State::kResolved,
                     now,
                     *own.told,
                     std::numeric_limits<double>::quiet_NaN(),
                     *alert.labels,
                     {}};
  if (own.ended) {
    notice.reason = own.ended->reason;
    notice.active_since = own.ended->active_since;
    notice.value = own.ended->value;
    notice.annotations = own.ended->annotations;
  }
  own.told.reset();
  own.ended.reset();
  return notice;
}

// Nothing where another group keeps this receiver informed.
std::optional<AlertNotice> fire(RoutedAlert& alert, const Group& group, Timestamp now) {
  Membership& own = alert.in(group);
  bool repeats = own.told.has_value();
  if (Membership* other = repeats ? nullptr : other_teller(alert, group)) {
    if (now - *other->told < group.route->repeat_interval_ms || other->ended) return std::nullopt;
    other->told.reset();
    repeats = true;
  }
  own.told = now;
  const alerts::ActiveAlert& firing = *alert.firing;
  return AlertNotice{
      repeats ? "repeat" : "fired", AlertNotice::State::kFiring, now, firing.active_since, firing.value, firing.labels,
      firing.annotations()};
}

Labels common(const std::vector<AlertNotice>& notices, Labels AlertNotice::*labels) {
  Labels shared = notices.front().*labels;
  for (const AlertNotice& notice : notices) {
    Labels still;
    for (const auto& [name, value] : shared) {
      if ((notice.*labels).get(name) == value) still.set(name, value);
    }
    shared = std::move(still);
  }
  return shared;
}

// A time that was kept by a clock ahead of this one is no reason to wait.
void forget_future(RoutedAlert& alert, const Group& group, Timestamp now) {
  Membership& own = alert.in(group);
  if (own.told && *own.told > now) own.told = now;
}

}  // namespace

Membership& RoutedAlert::in(const Group& group) {
  return *std::ranges::find(memberships, &group, [](const Membership& membership) { return membership.group; });
}

std::optional<RankedNotification> tell(Group& group, const Round& round) {
  std::vector<RoutedAlert*> over;
  std::vector<RoutedAlert*> firing;
  bool something_new = false;
  for (RoutedAlert* alert : group.alerts) {
    forget_future(*alert, group, round.now);
    const bool fires = round.fires(*alert);
    if (is_over(alert->in(group), fires)) over.push_back(alert);
    if (!fires) continue;
    firing.push_back(alert);
    something_new = something_new || (wants_telling(*alert, group, round.now) && !round.held_back(*alert));
  }
  if (over.empty() && !something_new) return std::nullopt;

  std::ranges::sort(over, [](const RoutedAlert* a, const RoutedAlert* b) { return *a->labels < *b->labels; });
  std::ranges::sort(firing, {}, &RoutedAlert::firing_index);
  RankedNotification told{!over.empty(), std::numeric_limits<std::size_t>::max(), {}};
  std::vector<AlertNotice>& notices = told.notification.alerts;
  const std::vector<RoutedAlert*>& first = over.empty() ? firing : over;
  for (const RoutedAlert* alert : first) told.rank = std::min(told.rank, alert->rank);
  for (RoutedAlert* alert : over) notices.push_back(resolve(*alert, alert->in(group), round.now));
  for (RoutedAlert* alert : firing) {
    if (round.held_back(*alert)) continue;
    if (auto notice = fire(*alert, group, round.now)) notices.push_back(std::move(*notice));
  }
  if (notices.empty()) return std::nullopt;
  told.notification.receiver = group.route->receiver;
  told.notification.group_key = group.key;
  told.notification.group_labels = group.labels;
  told.notification.common_labels = common(notices, &AlertNotice::labels);
  told.notification.common_annotations = common(notices, &AlertNotice::annotations);
  return told;
}

std::optional<Timestamp> next_due(const Group& group, const Round& round) {
  std::optional<Timestamp> next;
  for (RoutedAlert* alert : group.alerts) {
    const Membership& own = alert->in(group);
    const bool repeats = own.told && !is_over(own, round.fires(*alert));
    const Timestamp at = repeats ? std::max(group.due, *own.told + group.route->repeat_interval_ms) : group.due;
    if (at > round.now && (!next || at < *next)) next = at;
  }
  return next;
}

}  // namespace pmon::routing
