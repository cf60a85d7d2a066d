// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.h"

namespace pmon::cli {

// These commands are in pmon-daemon, for they need HTTP, TLS, Kafka, SQLite, which would double the memory of every
// other command. This process becomes that program; it returns only with an error.
[[nodiscard]] Result<int> delegate_run(const Words& words);
[[nodiscard]] Result<int> delegate_check(const Words& words);

}  // namespace pmon::cli
