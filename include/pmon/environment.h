// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace pmon {

// What the environment has under that name, empty or not; nullopt where it has none. pmon changes nothing there, and
// asks when it starts or reads its configuration, and whenever an exec receiver is told: a program around libpmon that
// changes its environment meanwhile races with this as with every getenv(3).
std::optional<std::string> environment(const char* name);

}  // namespace pmon
