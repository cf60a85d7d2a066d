// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pmon/result.h"

namespace pmon::daemon {

// From now on, for this thread and all that it starts: system calls that load code into the kernel, change what others
// see of the host, or reach into other processes fail with EPERM. no_new_privs must be set.
[[nodiscard]] Result<void> filter_syscalls();

}  // namespace pmon::daemon
