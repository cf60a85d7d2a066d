// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerts/active_alert.h"
#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon::alerts {

// What a RuleEngine knows of its alerts, as plain data that can be written down. Times are those of the
// engine that gave it.

struct AlertMemory {
  ActiveAlert::State state = ActiveAlert::State::kPending;
  Labels labels;
  Labels sample_labels;
  double value = 0;
  Timestamp active_since = 0;
  std::optional<Timestamp> keep_firing_since;
  std::uint64_t process = 0;

  bool operator==(const AlertMemory&) const = default;
};

// A rule by what makes it the same rule, and what the last words about its alerts need when it is gone.
struct RuleMemory {
  using Texts = std::vector<std::pair<std::string, std::string>>;  // name, template as written; sorted
  std::string alert;
  std::string expr;
  Texts labels;
  Texts annotations;
  std::vector<AlertMemory> alerts;  // never empty

  bool operator==(const RuleMemory&) const = default;
};

struct EngineMemory {
  Timestamp time = 0;  // of the last evaluation
  std::vector<RuleMemory> rules;

  bool operator==(const EngineMemory&) const = default;
};

// AlertMemory::process of a process that has certainly ended, such as one before the last boot: no process
// is ever this one.
inline constexpr std::uint64_t kEndedProcess = std::numeric_limits<std::uint64_t>::max();

// A pending alert is remembered over an outage of at most this long, as Prometheus's
// --rules.alert.for-outage-tolerance has it; a firing one always.
inline constexpr Timestamp kOutageTolerance = Timestamp{60} * 60 * 1000;

}  // namespace pmon::alerts
