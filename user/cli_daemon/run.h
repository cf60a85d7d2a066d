// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.h"

namespace pmon::cli {

[[nodiscard]] Result<int> run_run(const Words& words);

}  // namespace pmon::cli
