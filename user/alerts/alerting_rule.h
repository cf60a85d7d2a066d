// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alerts/active_alert.h"
#include "pmon/result.h"
#include "promql/promql.h"

namespace pmon::alerts {

// Which process a label set speaks of: a number that is this process's alone (its start time, say), 0 for
// labels that name no process, and nothing for a process that has ended. A process whose last sample is
// of this very tick has not ended yet.
using ProcessOf = std::function<std::optional<std::uint64_t>(const Labels&)>;

// The state machine of one alerting rule, as Prometheus's: inactive → pending (for) → firing
// (keep_firing_for) → gone. It differs where a process ends: then the condition has ended, whatever samples
// of it a range may still see, and without keep_firing_for its alerts are gone at once.
class AlertingRule {
 public:
  using Instances = std::map<Labels, ActiveAlert>;

  AlertingRule(const rules::Rule& rule, Labels external_labels, std::string external_url);

  // One evaluation at time t. Alerts that stop firing are appended to `resolved`. An error leaves every
  // state as it was. `limit`: most instances, those that keep_firing_for holds among them; 0 for any number.
  [[nodiscard]] Result<void> update(const promql::Vector& results, Timestamp t, std::size_t limit,
                                    const ProcessOf& process_of, std::vector<ResolvedAlert>& resolved);
  // Goes on with another rule's instances; their annotations become this rule's.
  void adopt(AlertingRule&& other);
  // Goes on with alerts of an earlier run as of `now`. From the first update on, for `warm_up` ms, those whose
  // condition does not hold are held, and time does not count for them.
  void restore(std::vector<ActiveAlert> alerts, Timestamp now, Timestamp warm_up);
  // The same with its own alerts after `lost` ms in which nothing was seen: what pends and keeps firing stood still,
  // and beyond kOutageTolerance what pended starts over.
  void resume(Timestamp now, Timestamp lost, Timestamp warm_up);

  [[nodiscard]] const Instances& instances() const { return instances_; }
  // Grows with every instance that begins, fires, keeps firing or ends.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  [[nodiscard]] Labels labels_of(const promql::Sample& sample) const;
  [[nodiscard]] Result<Instances> candidates(const promql::Vector& results, Timestamp t,
                                             const ProcessOf& process_of) const;
  // What an evaluation makes of an instance.
  enum class Fate {
    kHolds,  // its condition does
    kHeld,   // its rule has not seen enough since the start to say
    kKept,   // by keep_firing_for
    kEnded,  // its condition has
    kGone,   // its process has
  };
  [[nodiscard]] std::vector<Fate> fates(const Instances& found, Timestamp t, const ProcessOf& process_of) const;
  [[nodiscard]] bool kept_firing(const ActiveAlert& alert, Timestamp t) const;
  [[nodiscard]] bool warms_up(Timestamp t) const;
  void advance(ActiveAlert& alert, Timestamp t);

  std::string name_;
  Timestamp for_ms_;
  Timestamp keep_firing_for_ms_;
  std::vector<rules::TemplatedLabel> labels_;
  std::shared_ptr<const AlertTexts> texts_;
  Instances instances_;
  std::uint64_t changes_ = 0;

  // Absent but after restore().
  std::optional<Timestamp> warm_up_ms_;     // until the first update
  std::optional<Timestamp> warm_at_;        // from then on
  std::optional<Timestamp> restored_seen_;  // until when the restored alerts' time counted
};

}  // namespace pmon::alerts
