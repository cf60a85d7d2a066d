// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace pmon::monitor {

// What the monitor itself costs. Absent where the kernel does not say.
struct SelfUsage {
  std::optional<double> cpu_seconds;     // user and system, all threads
  std::optional<double> resident_bytes;  // now
  std::optional<double> peak_bytes;      // largest resident size so far
};

[[nodiscard]] SelfUsage self_usage();
// The CPU time of the calling thread: all that can be told of a monitor inside another program.
[[nodiscard]] SelfUsage thread_usage();

// To the kernel: malloc does that only from the end of its heap, and keeps the rest for itself.
void give_back_freed_memory();

}  // namespace pmon::monitor
