// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.h"

namespace pmon::cli {

// `pmon test`.
[[nodiscard]] Result<int> run_test(const Words& words);

}  // namespace pmon::cli
