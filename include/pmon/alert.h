// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon {

// One notification about one alert, as it leaves the engine for the outputs.
struct AlertNotice {
  enum class State { kFiring, kResolved };
  // Why this was said now: "fired", "repeat", "condition_ended", "exited", "rule_removed".
  std::string reason;
  State state = State::kFiring;
  Timestamp time = 0;
  Timestamp active_since = 0;
  double value = 0;
  Labels labels;         // with alertname, pid, comm, severity …
  Labels annotations;    // templates expanded
  std::string receiver;  // who is told; "" where there is but one
};

}  // namespace pmon
