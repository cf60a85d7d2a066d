// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_pipeline.h"

#include <set>
#include <string>
#include <utility>

namespace pmon::alerts {
namespace {

AlertNotice notice(const ActiveAlert& alert, AlertNotice::State state, std::string reason, Timestamp t) {
  return {std::move(reason), state, t, alert.active_since, alert.value, alert.labels, alert.annotations()};
}

}  // namespace

std::vector<AlertNotice> AlertPipeline::update(std::span<const ActiveAlert* const> firing,
                                               std::span<const ResolvedAlert> resolved, Timestamp t) {
  std::vector<AlertNotice> out;
  if (!resolved.empty()) tell_resolved(firing, resolved, t, out);
  if (firing.empty()) return out;
  const std::vector<bool> silent = inhibited(options_.inhibit_rules, firing);
  for (std::size_t i = 0; i < firing.size(); ++i) {
    if (silent[i]) continue;
    const auto [told, is_new] = last_told_.try_emplace(firing[i]->labels, t);
    // Two rules may give the same labels: the first one speaks for both.
    if (!is_new && (told->second == t || t - told->second < options_.repeat_interval_ms)) continue;
    told->second = t;
    out.push_back(notice(*firing[i], AlertNotice::State::kFiring, is_new ? "fired" : "repeat", t));
  }
  return out;
}

void AlertPipeline::tell_resolved(std::span<const ActiveAlert* const> firing, std::span<const ResolvedAlert> resolved,
                                  Timestamp t, std::vector<AlertNotice>& out) {
  std::set<Labels> still_firing;
  for (const ActiveAlert* alert : firing) still_firing.insert(alert->labels);
  for (const ResolvedAlert& gone : resolved) {
    const auto told = last_told_.find(gone.alert.labels);
    if (told == last_told_.end()) continue;
    // Another rule goes on with the same alert. After an exit, though, it is another process's alert.
    if (gone.reason != kExited && still_firing.contains(gone.alert.labels)) continue;
    out.push_back(notice(gone.alert, AlertNotice::State::kResolved, gone.reason, t));
    last_told_.erase(told);
  }
}

}  // namespace pmon::alerts
