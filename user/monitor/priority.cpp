// SPDX-License-Identifier: Apache-2.0
#include "monitor/priority.h"

#include <sched.h>
#include <sys/resource.h>

namespace pmon::monitor {

namespace {

// Holds docs/performance.md's latency with 32 busy processes a CPU, where 0 does not. It takes no CPU from anybody for
// long: a real-time class would, if pmon ever ran wild.
constexpr int kNice = -5;

}  // namespace

void prefer_this_thread() {
  if (sched_getscheduler(0) != SCHED_OTHER) return;
  if (getpriority(PRIO_PROCESS, 0) == 0) setpriority(PRIO_PROCESS, 0, kNice);
  const sched_param none{};
  sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
}

}  // namespace pmon::monitor
