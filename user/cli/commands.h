// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.h"

namespace pmon::cli {

// Those of pmon.
[[nodiscard]] std::span<const Command> commands();

}  // namespace pmon::cli
