// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pmon/result.h"

namespace pmon {

// Whether this process sees the host's pids: tracepoints give those, whatever namespace one lives in.
// The error (kUnsupported) tells the remedy.
[[nodiscard]] Result<void> require_host_pid_namespace();

// Whether the running kernel's BTF knows the tracepoint; false also where there is no BTF.
[[nodiscard]] bool kernel_has_tracepoint(const char* tracepoint);

// Nanoseconds since boot, as in start_boottime.
[[nodiscard]] unsigned long long boottime_now_ns();

}  // namespace pmon
