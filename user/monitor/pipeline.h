// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collect/collector.h"
#include "export/output.h"
#include "export/series_limiter.h"
#include "monitor/clock.h"
#include "monitor/groups.h"
#include "monitor/rule_runner.h"
#include "monitor/self_usage.h"
#include "monitor/targets.h"
#include "monitor/watch_state.h"
#include "pmon/notification.h"
#include "routing/config.h"
#include "rules/rules.h"

namespace pmon::monitor {

// What every monitor does at each tick, whoever is told of it: collect, tell targets from others, add up groups, run
// the rules, route the alerts. Time comes from the clock given; nothing here waits. One thread.
class Pipeline {
 public:
  struct Parts {
    std::unique_ptr<Collector> collector;
    Targets targets;
    std::vector<rules::Group> rules;
    std::optional<routing::Config> alerting;        // absent: everything is told at once
    std::optional<WatchState> state;                // absent: nothing is remembered, and no silences are heeded
    std::vector<Notice> notices;                    // told at the first tick
    std::function<SelfUsage()> usage = self_usage;  // what the monitor costs; asked in its thread
  };
  // What one tick came to.
  struct Look {
    Tick tick;
    bool seen = false;  // false: nothing could be collected, and processes(), targets_up() and groups() are as before
    std::vector<Notice> notices;
    std::vector<Notification> notifications;  // their times are of the clock on the wall
  };

  // The clock must outlive this object.
  Pipeline(Timestamp interval_ms, std::size_t max_series, Parts parts, const Clock& clock);

  [[nodiscard]] Look look();
  // After everybody was told what look() found: a crash in between tells an alert twice rather than never.
  void told(const Look& look);
  // At the end: what is to be remembered is written down.
  [[nodiscard]] std::vector<Notice> finish();

  // What receivers were told and is still so, of alerts that fire now: for those who forget what they are not reminded
  // of. After look().
  [[nodiscard]] std::vector<Notification> standing() const;

  void replace_rules(std::vector<rules::Group> rules);
  // Metrics that are to be in store() from the next tick on, whether or not a rule reads them.
  void keep(const std::vector<std::string>& metrics) { rules_.keep(metrics); }
  void set_interval(Timestamp interval_ms) { rules_.set_interval(interval_ms); }
  void set_max_series(std::size_t max_series) { limiter_.set_max_series(max_series); }
  void route_by(routing::Config alerting) { rules_.route_by(std::move(alerting)); }
  // For the next tick.
  void notice(Notice::Level level, std::string code, std::string text);

  // The targets at the last tick, those that have ended since the one before included.
  [[nodiscard]] const std::vector<const ProcessSample*>& processes() const { return chosen_; }
  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  // As of the last tick that could be read.
  [[nodiscard]] const std::vector<Loss>& losses() const { return losses_; }
  [[nodiscard]] const std::vector<GroupRow>& groups() const { return groups_.rows(); }
  [[nodiscard]] const Targets& targets() const { return targets_; }
  [[nodiscard]] const RuleRunner& rules() const { return rules_; }
  [[nodiscard]] Collector& collector() { return *collector_; }
  [[nodiscard]] const Collector& collector() const { return *collector_; }

  // Everything that is exported of the last tick but what pmon says of itself.
  [[nodiscard]] std::vector<exposition::Family> families();
  [[nodiscard]] SelfMetrics self() const;
  [[nodiscard]] SelfUsage usage() const { return usage_(); }
  // The past is what the rules keep; the present is all that was measured. `time` is the alert's.
  [[nodiscard]] Evidence evidence(const AlertNotice& alert) const;

 private:
  [[nodiscard]] bool collect(const Tick& tick);
  void choose_targets();
  void add(std::vector<Notice> notices);
  void show_wall_times(const Tick& tick, std::vector<Notification>& notifications) const;

  const Clock& clock_;
  std::unique_ptr<Collector> collector_;
  Targets targets_;
  Groups groups_;
  RuleRunner rules_;
  SeriesLimiter limiter_;
  std::optional<WatchState> state_;
  std::function<SelfUsage()> usage_;

  Snapshot snapshot_;
  std::vector<Loss> losses_;
  std::vector<const ProcessSample*> chosen_;
  std::vector<TargetUp> up_;
  Tick last_;
  std::vector<Notice> notices_;   // to be told at the next tick
  std::set<std::string> unseen_;  // labels of targets that were told to live unseen
  double collect_seconds_ = 0;
  std::uint64_t collect_errors_ = 0;
};

}  // namespace pmon::monitor
