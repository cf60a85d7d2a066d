// SPDX-License-Identifier: Apache-2.0
// What tests of storms and faults hold the collector against.
#pragma once

#include "host.h"

namespace pmon {

[[nodiscard]] double monotonic();  // seconds

// Processes that end at once with this code, as fast as asked; ticks four times a second, or never. Returns how many.
int storm(Host& host, int per_second, double duration, int code, bool ticking = true);
// A number from the environment, for the long form of a test; `otherwise` where it is not set.
[[nodiscard]] double from_environment(const char* name, double otherwise);

[[nodiscard]] bool has_notice(const Host& host, const std::string& code);
// How many children of this process were seen to end with that code.
[[nodiscard]] int ends_with(const Host& host, int code);

// Nothing was lost for any cause.
void expect_no_loss(const Host& host);
// Every process of the ledger is there, but for those that have ended since the tick.
[[nodiscard]] bool only_living_slots(Host& host);
// A sweep that starts from nothing sees the same processes, and the same CPU time of this one.
void expect_as_a_fresh_sweep(Host& host);

}  // namespace pmon
