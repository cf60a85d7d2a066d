// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <vector>

#include "alerts/active_alert.h"
#include "alerts/inhibition.h"
#include "pmon/alert.h"

namespace pmon::alerts {

struct PipelineOptions {
  Timestamp repeat_interval_ms = 5 * 60 * 1000;
  std::vector<InhibitRule> inhibit_rules = default_inhibit_rules();
};

// Decides which alerts are told, and when. For each label set the notices form (fire repeat* resolve)*:
// nothing resolves that was not told as firing. An inhibited alert is neither fired nor repeated; it fires
// when it is still firing once nothing inhibits it any more, and if it was told before, it still resolves.
// No clock, no threads: one owner at a time.
class AlertPipeline {
 public:
  explicit AlertPipeline(PipelineOptions options = {}) : options_(std::move(options)) {}

  // What is to be said at time t: resolved alerts first, then firing ones, in the order given. `firing` is
  // the whole state; `resolved` are the alerts that fired at the last call and stopped since.
  [[nodiscard]] std::vector<AlertNotice> update(std::span<const ActiveAlert* const> firing,
                                                std::span<const ResolvedAlert> resolved, Timestamp t);

  // Alerts that were told as firing and not as resolved.
  [[nodiscard]] std::size_t told_count() const { return last_told_.size(); }

 private:
  void tell_resolved(std::span<const ActiveAlert* const> firing, std::span<const ResolvedAlert> resolved, Timestamp t,
                     std::vector<AlertNotice>& out);

  PipelineOptions options_;
  std::map<Labels, Timestamp> last_told_;  // labels of told alerts → when last fired or repeated
};

}  // namespace pmon::alerts
