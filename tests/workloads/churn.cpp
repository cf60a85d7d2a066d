// SPDX-License-Identifier: Apache-2.0
// Creates COUNT threads that end at once, AT_ONCE of them before the first is joined, at most PER_SECOND
// (0: as fast as it can).
#include <algorithm>
#include <chrono>
#include <thread>

#include "workload.h"

int main(int argc, char** argv) {
  const workload::Steps steps(argc, argv, "COUNT AT_ONCE PER_SECOND");
  const std::uint64_t count = steps.number(0);
  const std::uint64_t at_once = std::max<std::uint64_t>(1, steps.number(1));
  const std::uint64_t per_second = steps.number(2);
  steps.ready();
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t created = 0;
  while (created < count) {
    std::vector<std::thread> batch;
    for (; batch.size() < at_once && created < count; ++created) batch.emplace_back([] {});
    for (std::thread& thread : batch) thread.join();
    if (per_second != 0) {
      std::this_thread::sleep_until(began + std::chrono::nanoseconds(created * 1'000'000'000 / per_second));
    }
  }
  steps.done({{"threads_created", created}, {"threads_exited", created}});
}
