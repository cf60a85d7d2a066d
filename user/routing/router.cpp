// SPDX-License-Identifier: Apache-2.0
#include "routing/router.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "routing/group.h"
#include "series/label_pool.h"

namespace pmon::routing {
namespace {

// Ended with the process: an alert that fires now with the same labels is another process's.
bool is_final(const Resolution& ended) { return ended.reason == alerts::kExited; }

}  // namespace

struct Router::State {
  using GroupKey = std::pair<std::size_t, Labels>;  // index of the route

  explicit State(Config given) : config(std::move(given)) {}
  State(const State&) = delete;  // routes and groups are pointed to
  State& operator=(const State&) = delete;

  void note_firing(std::span<const alerts::ActiveAlert* const> firing);
  void note_resolved(std::span<const alerts::ResolvedAlert> resolved);
  RoutedAlert& alert_of(const Labels& labels);
  void join_groups(RoutedAlert& alert);
  Group& group_of(const Route& route, const Labels& labels);
  [[nodiscard]] bool muted(const Route& route, Timestamp wall) const;
  void forget_silent_alerts(Group& group);
  void restore_told(const RouterMemory::Told& told);

  const Config config;
  Round round;
  // Nothing iterates it into output: its order is no order.
  std::unordered_map<Labels, RoutedAlert, LabelsHash> alerts;
  std::map<GroupKey, Group> groups;
  std::map<std::string, Timestamp> restored_due;  // of groups by key, until the first update
  std::uint64_t changes = 0;
};

RoutedAlert& Router::State::alert_of(const Labels& labels) {
  const auto [at, is_new] = alerts.try_emplace(labels);
  if (is_new) at->second.labels = &at->first;
  return at->second;
}

Group& Router::State::group_of(const Route& route, const Labels& labels) {
  GroupKey key{route.index, group_labels(route, labels)};
  const auto [at, is_new] = groups.try_emplace(std::move(key));
  Group& group = at->second;
  if (!is_new) return group;
  ++changes;
  group.route = &route;
  group.labels = at->first.second;
  group.key = route.key + ":" + group.labels.text();
  const auto due = restored_due.find(group.key);
  group.due = due != restored_due.end() ? due->second : round.now + route.group_wait_ms;
  return group;
}

// Of each group that it is not in already: some are left before others when it ends.
void Router::State::join_groups(RoutedAlert& alert) {
  for (const Route* route : routes_of(config.route, *alert.labels)) {
    Group& group = group_of(*route, *alert.labels);
    if (std::ranges::find(alert.memberships, &group, &Membership::group) != alert.memberships.end()) continue;
    alert.memberships.push_back({&group, {}, {}});
    group.alerts.push_back(&alert);
  }
}

void Router::State::note_firing(std::span<const alerts::ActiveAlert* const> firing) {
  for (std::size_t i = 0; i < firing.size(); ++i) {
    RoutedAlert& alert = alert_of(firing[i]->labels);
    if (round.fires(alert)) continue;  // two rules may give the same labels: the first one speaks for both
    const bool fired_before = alert.round + 1 == round.number;
    alert.round = round.number;
    alert.firing = firing[i];
    alert.firing_index = alert.rank = i;
    if (!fired_before) join_groups(alert);
    for (Membership& membership : alert.memberships) {
      if (membership.ended && !is_final(*membership.ended)) membership.ended.reset();
    }
  }
}

void Router::State::note_resolved(std::span<const alerts::ResolvedAlert> resolved) {
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    const alerts::ResolvedAlert& gone = resolved[i];
    const auto found = alerts.find(gone.alert.labels);
    if (found == alerts.end()) continue;
    RoutedAlert& alert = found->second;
    // Another rule goes on with the same alert.
    if (gone.reason != alerts::kExited && round.fires(alert)) continue;
    alert.rank = i;
    std::shared_ptr<const Resolution> ended;
    for (Membership& membership : alert.memberships) {
      if (!membership.told || membership.ended) continue;
      if (!ended) {
        ended = std::make_shared<const Resolution>(gone.reason, gone.alert.value, gone.alert.active_since,
                                                   gone.alert.annotations());
      }
      membership.ended = ended;
    }
  }
}

bool Router::State::muted(const Route& route, Timestamp wall) const {
  const auto contains = [&](std::size_t times) { return config.times[times].contains(wall); };
  if (std::ranges::any_of(route.mute_times, contains)) return true;
  return !route.active_times.empty() && std::ranges::none_of(route.active_times, contains);
}

void Router::State::forget_silent_alerts(Group& group) {
  std::erase_if(group.alerts, [&](RoutedAlert* alert) {
    if (round.fires(*alert) || alert->in(group).told) return false;
    std::erase_if(alert->memberships, [&](const Membership& membership) { return membership.group == &group; });
    if (alert->memberships.empty()) alerts.erase(alerts.find(*alert->labels));
    return true;
  });
}

void Router::State::restore_told(const RouterMemory::Told& told) {
  RoutedAlert& alert = alert_of(told.labels);
  join_groups(alert);
  // The same group if it is still there, else another one with this receiver; never two of them.
  Membership* heir = nullptr;
  for (Membership& membership : alert.memberships) {
    if (membership.group->route->receiver != told.receiver) continue;
    if (membership.told) return;
    if (heir == nullptr || membership.group->key == told.group_key) heir = &membership;
  }
  if (heir == nullptr) return;
  heir->told = told.at;
  if (told.ended) heir->ended = std::make_shared<const Resolution>(*told.ended);
}

Router::Router(Config config) : state_(std::make_unique<State>(std::move(config))) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

std::vector<Notification> Router::update(std::span<const alerts::ActiveAlert* const> firing,
                                         std::span<const alerts::ResolvedAlert> resolved, Moment moment,
                                         const Silenced& silenced) {
  State& state = *state_;
  ++state.round.number;
  state.round.now = moment.now;
  std::optional<std::vector<bool>> inhibited;  // most updates have nothing new to say and need not know
  state.round.held_back = [&](const RoutedAlert& alert) {
    if (!inhibited) inhibited = alerts::inhibited(state.config.inhibit_rules, firing);
    return (*inhibited)[alert.firing_index] || (silenced && silenced(*alert.labels));
  };
  state.note_firing(firing);
  state.note_resolved(resolved);
  state.restored_due.clear();

  std::map<const Route*, bool> muted;
  std::vector<RankedNotification> told;
  for (auto at = state.groups.begin(); at != state.groups.end();) {
    Group& group = at->second;
    const Route& route = *group.route;
    // A due time that was kept by a clock ahead of this one is no reason to wait longer than ever.
    group.due = std::min(group.due, moment.now + std::max(route.group_wait_ms, route.group_interval_ms));
    if (group.due <= moment.now) {
      group.due = moment.now + route.group_interval_ms;
      const auto [mute, is_new] = muted.try_emplace(&route, false);
      if (is_new) mute->second = state.muted(route, moment.wall);
      if (!mute->second) {
        if (auto notification = tell(group, state.round)) told.push_back(std::move(*notification));
      }
      state.forget_silent_alerts(group);
    }
    state.changes += group.alerts.empty() ? 1 : 0;
    at = group.alerts.empty() ? state.groups.erase(at) : std::next(at);
  }
  state.changes += told.size();
  state.round.held_back = nullptr;
  std::ranges::stable_sort(told, {}, [](const RankedNotification& one) { return std::pair(!one.resolves, one.rank); });
  std::vector<Notification> notifications;
  notifications.reserve(told.size());
  for (RankedNotification& one : told) notifications.push_back(std::move(one.notification));
  return notifications;
}

std::optional<Timestamp> Router::next_due() const {
  std::optional<Timestamp> next;
  for (const auto& [key, group] : state_->groups) {
    const auto due = routing::next_due(group, state_->round);
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Router::replace_config(Config config) {
  const RouterMemory memory = save();
  const Round round = state_->round;
  const std::uint64_t changes = state_->changes;
  state_ = std::make_unique<State>(std::move(config));
  state_->round = round;
  state_->changes = changes + 1;
  restore(memory);
}

std::uint64_t Router::changes() const { return state_->changes; }

RouterMemory Router::save() const {
  RouterMemory memory;
  for (const auto& [key, group] : state_->groups) {
    memory.groups.push_back({group.key, group.due});
    for (RoutedAlert* alert : group.alerts) {
      const Membership& own = alert->in(group);
      if (!own.told) continue;
      memory.told.push_back({group.route->receiver, group.key, *alert->labels, *own.told,
                             own.ended ? std::optional(*own.ended) : std::nullopt});
    }
  }
  std::ranges::sort(memory.groups, {}, &RouterMemory::Group::key);
  std::ranges::sort(memory.told, {},
                    [](const RouterMemory::Told& told) { return std::tie(told.labels, told.group_key); });
  return memory;
}

void Router::restore(const RouterMemory& memory) {
  State& state = *state_;
  state.alerts.clear();
  state.groups.clear();
  state.restored_due.clear();
  for (const RouterMemory::Group& group : memory.groups) state.restored_due.emplace(group.key, group.due);
  for (const RouterMemory::Told& told : memory.told) state.restore_told(told);
}

std::size_t Router::told_count() const {
  std::size_t count = 0;
  for (const auto& [key, group] : state_->groups) {
    for (RoutedAlert* alert : group.alerts) count += alert->in(group).told ? 1 : 0;
  }
  return count;
}

const Config& Router::config() const { return state_->config; }

}  // namespace pmon::routing
