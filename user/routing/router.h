// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "alerts/active_alert.h"
#include "pmon/notification.h"
#include "routing/config.h"
#include "routing/router_memory.h"

namespace pmon::routing {

// A point of time, as the engine counts it and as the clock on the wall shows it, which somebody may set.
struct Moment {
  Timestamp now = 0;
  Timestamp wall = 0;
};

// Whether a silence is over alerts with these labels.
using Silenced = std::function<bool(const Labels&)>;

// Decides who is told of which alerts, and when, as Alertmanager does: alerts go down the tree of routes and wait in
// groups; a group is told group_wait after its first alert came, then of changes every group_interval, and without a
// change again after repeat_interval.
//
// For each alert and receiver the notices form (fire repeat* resolve)*: nothing resolves that was not told as firing,
// and everything that was told as firing resolves. An alert that is inhibited, silenced or in a mute time is neither
// fired nor repeated; it fires when nothing holds it back any more. One that was told and ends then still resolves:
// in a mute time when that is over, else with its group.
// Where several routes lead an alert to the same receiver, the first one that tells it goes on telling it; another one
// does where the first has not for the other's repeat_interval.
//
// No clock, no threads, no I/O: one owner at a time.
class Router {
 public:
  explicit Router(Config config = default_config());
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // What is to be said now. `firing` is the whole state; `resolved` are alerts that fired at the last call and
  // stopped since. Notifications with resolved alerts come first, each in the order of its first alert.
  [[nodiscard]] std::vector<Notification> update(std::span<const alerts::ActiveAlert* const> firing,
                                                 std::span<const alerts::ResolvedAlert> resolved, Moment moment,
                                                 const Silenced& silenced = {});

  // When update() may have something to say although no alert changes; later than the last call, and without regard
  // to silences, inhibition and mute times. Nothing: not before an alert changes.
  [[nodiscard]] std::optional<Timestamp> next_due() const;

  // From now on by another configuration; what was told stays told. A receiver to which none of an alert's routes
  // leads any more is not told its end.
  void replace_config(Config config);

  // Grows with each update() that told something, or at which a group began or ended: when it is worth save()ing.
  [[nodiscard]] std::uint64_t changes() const;
  [[nodiscard]] RouterMemory save() const;
  // In place of everything it knows. An alert that was told and neither fires nor resolves at the next update()
  // resolves as "condition_ended" with a value that is not a number.
  void restore(const RouterMemory& memory);

  // Pairs of alert and group that were told as firing and not as resolved.
  [[nodiscard]] std::size_t told_count() const;
  [[nodiscard]] const Config& config() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pmon::routing
