// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pmon/result.h"

namespace pmon {

// What one hook costs each time it fires, by the kernel's own clock (BPF_ENABLE_STATS).
struct HookCost {
  std::string hook;           // "sched_switch", "page_fault_user (target)"
  double program_ns = 0;      // mean of our program, the measuring included
  double empty_ns = 0;        // mean of an empty program at the same hook in the same run
  std::uint64_t runs = 0;     // of ours
  double above_empty_ns = 0;  // what it really adds
};

// Loads the collector's programs and the empty ones, drives each hook with work of this process's own
// (pipe ping-pong on one CPU, first touches of pages, mmap and munmap), and takes the median of `rounds`.
// Needs CAP_SYS_ADMIN; taxes every BPF program on the host by some 20 ns a run while it lasts (about 2 s).
[[nodiscard]] Result<std::vector<HookCost>> measure_hooks(int rounds = 5);

// The same of a program at sched_switch that is not ours, and accounts CPU time the usual way: a clock, a hash by
// process, atomic adds. A yardstick for how fast this host is at present.
[[nodiscard]] Result<HookCost> measure_usual_switch(int rounds = 5);

}  // namespace pmon
