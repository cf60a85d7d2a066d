// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.h"

namespace pmon::cli {

// silence add|list|expire, with the words of `amtool silence`.
[[nodiscard]] Result<int> run_silence(const Words& words);

}  // namespace pmon::cli
