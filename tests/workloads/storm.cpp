// SPDX-License-Identifier: Apache-2.0
// Has COUNT threads more than the main one alive at once, tells so, and keeps them for HOLD_MS.
#include <pthread.h>

#include <chrono>
#include <latch>
#include <thread>

#include "workload.h"

namespace {

constexpr std::size_t kStackBytes = 64 << 10;  // 10,000 threads within 640 MB of addresses

std::latch* all_done = nullptr;

void* wait_for_end(void*) {
  all_done->wait();
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const workload::Steps steps(argc, argv, "COUNT HOLD_MS");
  const std::uint64_t count = steps.number(0);
  const std::uint64_t hold_ms = steps.number(1);
  std::latch end(1);
  all_done = &end;
  std::vector<pthread_t> threads(count);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  steps.ready();
  for (pthread_t& thread : threads) {
    workload::require((errno = pthread_create(&thread, &attributes, wait_for_end, nullptr)) == 0, "pthread_create");
  }
  steps.reached("peak", {{"threads", count + 1}});
  std::this_thread::sleep_for(std::chrono::milliseconds(hold_ms));
  end.count_down();
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
  steps.done({{"threads_created", count}, {"threads_exited", count}});
}
