// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alerts/active_alert.h"
#include "alerts/alerting_rule.h"
#include "alerts/engine_memory.h"
#include "alerts/recorder.h"
#include "rules/rules.h"
#include "series/series_store.h"

namespace pmon::alerts {

struct EngineOptions {
  // Writes ALERTS and ALERTS_FOR_STATE into the store, as Prometheus does, for rules that read them.
  bool write_alert_series = false;
  Timestamp subquery_step_ms = 60'000;  // of subqueries that name none
  Timestamp tick_ms = 0;                // how often evaluate() is to be called; 0: gaps in between mean nothing
  Labels external_labels;               // what templates call $externalLabels
  std::string external_url;             // and $externalURL
  // Empty: alerts are not tied to processes.
  ProcessOf process_of;
  // A clock for the cost of each rule; empty: not measured. The engine itself has none.
  std::function<std::uint64_t()> now_ns;
};

// A rule that stopped or started working. Said once per change, not at each evaluation.
struct RuleTrouble {
  std::string group;
  std::string rule;
  std::string message;  // empty: it works again
};

// What one evaluation changed.
struct Evaluation {
  std::vector<ResolvedAlert> resolved;  // in the order of the rules, then of the labels
  std::vector<RuleTrouble> troubles;
};

struct RuleCost {
  std::string group;
  std::string rule;
  std::uint64_t evaluations = 0;
  std::uint64_t total_ns = 0;
  std::uint64_t last_ns = 0;
};

// How many ticks may be missed before they are missing: fewer count as if they had been there.
inline constexpr Timestamp kLongestGap = 5;

// Most results of a rule whose group sets no `limit`: a bound on memory that no sound rule meets. Beyond
// it the rule fails as beyond a limit: what it knew stays as it was, and a RuleTrouble says so.
inline constexpr std::size_t kMostAlerts = 20'000;
inline constexpr std::size_t kMostRecorded = 200'000;

// Evaluates groups of rules over a store and keeps the state of their alerts. No clock, no threads: one
// owner at a time.
class RuleEngine {
 public:
  explicit RuleEngine(std::vector<rules::Group> groups, EngineOptions options = {});
  ~RuleEngine();
  RuleEngine(RuleEngine&&) noexcept;
  RuleEngine& operator=(RuleEngine&&) noexcept;

  // Evaluates the groups that are due at t, in order, over `store`, whose current tick is t; a rule sees
  // what rules before it recorded. Nothing happens at a t that is not later than the last one.
  // `hold`: the monitor is blind at this tick. Rules over processes and groups keep their states; those
  // over what pmon says of itself are evaluated, so that PmonBlind can fire.
  // After kLongestGap ticks or more without a look (blind, late, or asleep) the alerts are as after restore(): what
  // was not seen is neither time nor end.
  Evaluation evaluate(SeriesStore& store, Timestamp t, bool hold = false);

  // From the next evaluation on. An alerting rule with the same name, expression (see Expr::canonical) and labels, in
  // whatever order, keeps its alerts; those of rules that are gone resolve as "rule_removed" at the next evaluation.
  void replace_rules(std::vector<rules::Group> groups);

  // How often evaluate() is called from now on: EngineOptions::tick_ms and subquery_step_ms.
  void set_tick(Timestamp tick_ms) { options_.tick_ms = options_.subquery_step_ms = tick_ms; }

  // Every alert that is firing now, in the order of the rules, then of the labels; valid until the next
  // non-const call.
  [[nodiscard]] std::vector<const ActiveAlert*> firing() const;
  [[nodiscard]] std::vector<const ActiveAlert*> pending() const;

  // The state of all alerts, those that are to resolve at the next evaluation not included.
  [[nodiscard]] EngineMemory memory() const;
  // Goes on with the alerts of an earlier run; before the first evaluation, `now` on the time axis of `memory`.
  //   - Firing ones go on firing. Pending ones go on pending, the time that was lost not counted, unless it is
  //     more than kOutageTolerance: then they start over.
  //   - Until a rule has seen as much as its expression looks back on, a restored alert whose condition does
  //     not hold is held: what has not been seen is no end. Its `for` stands still meanwhile.
  //   - A process that ended meanwhile resolves as "exited" at the first evaluation; rules are told apart as by
  //     replace_rules(), and the alerts of those that are gone resolve as "rule_removed".
  void restore(EngineMemory memory, Timestamp now);

  // Grows when an alert begins, fires or ends: what memory() gives is worth writing down again.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  // Whether a `for` or `keep_firing_for` runs, which memory() knows by its time alone.
  [[nodiscard]] bool counting() const;

  // How much of the past the rules may look at, in ms, the look-back of instant selectors included.
  [[nodiscard]] Timestamp reach() const;
  [[nodiscard]] std::vector<RuleCost> costs() const;

 private:
  struct RuleState;
  struct GroupState;

  [[nodiscard]] bool is_due(const GroupState& group, Timestamp t) const;
  void evaluate_rule(GroupState& group, RuleState& state, SeriesStore& store, Timestamp t, Evaluation& out);
  [[nodiscard]] Result<void> apply(GroupState& group, RuleState& state, SeriesStore& store, Timestamp t,
                                   Evaluation& out);
  [[nodiscard]] Result<void> record(GroupState& group, RuleState& state, SeriesStore& store, promql::Vector results);
  void write_alerts(RuleState& state, SeriesStore& store);
  [[nodiscard]] std::vector<const ActiveAlert*> in_state(ActiveAlert::State wanted) const;
  [[nodiscard]] Timestamp warm_up(const rules::Rule& rule, std::size_t depth = 0) const;
  void resume_after_gap(Timestamp t);
  [[nodiscard]] RuleState* unrestored(const RuleMemory& memory);

  EngineOptions options_;
  Recorder recorder_;
  std::vector<GroupState> groups_;
  std::vector<ResolvedAlert> removed_alerts_;   // to be told at the next evaluation
  std::vector<RecordedSeries> removed_series_;  // to be dropped at the next evaluation
  Timestamp last_tick_;
  Timestamp last_look_;  // the last tick that was not on hold
  std::uint64_t changes_ = 0;
};

}  // namespace pmon::alerts
