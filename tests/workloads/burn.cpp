// SPDX-License-Identifier: Apache-2.0
// Burns MS milliseconds of CPU on each of THREADS threads; the main thread alone where THREADS is 1. CPU pins
// the process to that CPU ('any': not pinned).
#include <sched.h>

#include <thread>

#include "workload.h"

int main(int argc, char** argv) {
  const workload::Steps steps(argc, argv, "MS THREADS CPU");
  const std::uint64_t milliseconds = steps.number(0);
  const std::uint64_t threads = steps.number(1);
  if (steps.word(2) != "any") {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(steps.number(2), &cpus);
    workload::require(sched_setaffinity(0, sizeof cpus, &cpus) == 0, "sched_setaffinity");
  }
  steps.ready();
  if (threads == 1) {
    workload::burn(milliseconds);
  } else {
    std::vector<std::thread> burners;
    for (std::uint64_t i = 0; i < threads; ++i) burners.emplace_back(workload::burn, milliseconds);
    for (std::thread& burner : burners) burner.join();
  }
  steps.done({{"burnt_ms", milliseconds * threads}});
}
