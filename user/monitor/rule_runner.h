// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "alerts/rule_engine.h"
#include "collect/collector.h"
#include "export/host_metrics.h"
#include "monitor/group_series.h"
#include "monitor/saved_alerts.h"
#include "monitor/series_feed.h"
#include "pmon/notification.h"
#include "routing/router.h"
#include "series/series_store.h"

namespace pmon::monitor {

// Everything that rules see at one tick.
struct RuleInput {
  Timestamp time = 0;
  Timestamp wall = 0;  // what mute times go by
  std::span<const ProcessSample* const> processes;
  std::span<const TargetUp> targets;
  std::span<const GroupRow> groups;
  std::span<const Loss> losses;
  std::uint64_t collect_errors = 0;
  bool blind = false;          // nothing was collected at this tick: alerts are held
  routing::Silenced silenced;  // may be empty
};

// What came of it.
struct RuleOutput {
  std::vector<Notification> notifications;
  std::vector<Notice> notices;  // rules that stopped or started working, or are slow
};

// A clock that only goes forward, in nanoseconds, for what the rules cost.
using NowNs = std::function<std::uint64_t()>;

// The series store and the engine on top of it: samples in, notices out. What is stored, and for how
// long, follows from the rules. One thread.
class RuleRunner {
 public:
  // Without a clock the cost of rules is not measured, and no rule is told to be slow.
  RuleRunner(const std::vector<rules::Group>& groups, Timestamp interval_ms, NowNs now_ns = {});
  // The engine asks the feed which processes live, so this object stays where it is.
  RuleRunner(const RuleRunner&) = delete;
  RuleRunner& operator=(const RuleRunner&) = delete;

  // As rule_limits().
  [[nodiscard]] std::vector<Notice> limitations(const Capabilities& capabilities) const;

  [[nodiscard]] RuleOutput run(const RuleInput& input);
  void replace_rules(std::vector<rules::Group> groups);
  // How often run() is called from now on.
  void set_interval(Timestamp interval_ms) {
    interval_ms_ = interval_ms;
    engine_.set_tick(interval_ms);
    store_names();
  }
  // Metrics to store besides those that rules read, from the next run() on and across replace_rules(). Those that
  // neither pmon has nor a rule records are left out: anybody may ask for anything.
  void keep(const std::vector<std::string>& metrics);
  [[nodiscard]] const std::set<std::string>& kept() const { return kept_; }
  // How a query is evaluated over store() so that it says what a rule would say.
  [[nodiscard]] promql::EvaluationOptions evaluation(promql::Budget& budget) const {
    return {.subquery_step = interval_ms_, .budget = &budget};
  }
  // Who is told of alerts, and when, from now on.
  void route_by(routing::Config alerting) { router_.replace_config(std::move(alerting)); }

  // What is to be written down of the alerts; when that was is the caller's to add.
  [[nodiscard]] SavedAlerts save() const;
  // Before the first run(): goes on with the alerts of an earlier run, whose times are on this one's axis.
  void restore(const SavedAlerts& saved, Timestamp now);
  // Grows with what save() gives, but for times that run; counting() tells whether any does.
  [[nodiscard]] std::uint64_t alert_changes() const { return engine_.changes() + router_.changes(); }
  [[nodiscard]] bool counting() const { return engine_.counting(); }

  [[nodiscard]] std::size_t firing() const { return engine_.firing().size(); }
  // As RuleEngine::firing() and pending().
  [[nodiscard]] std::vector<const alerts::ActiveAlert*> firing_alerts() const { return engine_.firing(); }
  [[nodiscard]] std::vector<const alerts::ActiveAlert*> pending_alerts() const { return engine_.pending(); }
  // Whether this process has an alert that is firing.
  [[nodiscard]] bool alerting(const ProcessSample& process) const;
  [[nodiscard]] const SeriesStore& store() const { return store_; }
  // What each rule has cost, in the order of the rules; nothing without a clock.
  [[nodiscard]] std::vector<alerts::RuleCost> costs() const { return engine_.costs(); }

 private:
  void store_names();
  void feed_groups(std::span<const GroupRow> groups);
  void feed_pmon(const RuleInput& input);
  static void name_exits(std::span<const ProcessSample* const> processes, std::vector<alerts::ResolvedAlert>& resolved);
  void tell_slow(std::vector<Notice>& notices);
  void find_alerting();

  Timestamp interval_ms_;
  bool timed_;
  std::vector<rules::Group> groups_;
  std::set<std::string> kept_;  // by keep()
  SeriesStore store_;
  SeriesFeed feed_;
  alerts::RuleEngine engine_;
  routing::Router router_;
  GroupSeries group_series_;
  std::vector<GroupSample> group_samples_;
  std::vector<std::int32_t> alerting_pids_;             // sorted
  std::set<std::pair<std::string, std::string>> slow_;  // group and rule of those told to be slow
};

}  // namespace pmon::monitor
