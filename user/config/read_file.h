// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pmon/result.h"

namespace pmon::config {

// The whole of a file that the user named; `what` it is, for the message: "rule file".
[[nodiscard]] Result<std::string> read_file(const std::string& path, const std::string& what);

}  // namespace pmon::config
