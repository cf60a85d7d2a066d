// SPDX-License-Identifier: Apache-2.0
// Forks CHILDREN that burn MS milliseconds of CPU each and exit with STATUS: AT_ONCE at a time, at most
// PER_SECOND (0: as fast as it can). No exec: children keep its name.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "workload.h"

namespace {

void reap_one() { workload::require(waitpid(-1, nullptr, 0) > 0, "waitpid"); }

void start_one(std::uint64_t milliseconds, int status) {
  const pid_t child = fork();
  workload::require(child >= 0, "fork");
  if (child != 0) return;
  if (milliseconds != 0) workload::burn(milliseconds);
  _exit(status);
}

}  // namespace

int main(int argc, char** argv) {
  const workload::Steps steps(argc, argv, "CHILDREN MS STATUS AT_ONCE PER_SECOND");
  const std::uint64_t children = steps.number(0);
  const std::uint64_t milliseconds = steps.number(1);
  const int status = static_cast<int>(steps.number(2));
  const std::uint64_t at_once = std::max<std::uint64_t>(1, steps.number(3));
  const std::uint64_t per_second = steps.number(4);
  steps.ready();
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t alive = 0;
  for (std::uint64_t started = 0; started < children;) {
    if (alive == at_once) {
      reap_one();
      --alive;
    }
    start_one(milliseconds, status);
    ++started;
    ++alive;
    if (per_second != 0) {
      std::this_thread::sleep_until(began + std::chrono::nanoseconds(started * 1'000'000'000 / per_second));
    }
  }
  for (; alive != 0; --alive) reap_one();
  const auto took = std::chrono::steady_clock::now() - began;
  steps.done({{"children", children},
              {"took_ms", static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(took).count())}});
}
