// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pmon {

// The name under which this host reports: the environment's HOSTNAME, else the system's, else "unknown".
[[nodiscard]] std::string host_name();

}  // namespace pmon
