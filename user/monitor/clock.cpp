// SPDX-License-Identifier: Apache-2.0
#include "monitor/clock.h"

#include <ctime>

namespace pmon::monitor {

Tick SystemClock::now() const {
  timespec wall{};
  timespec boot{};
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_BOOTTIME, &boot);
  return {static_cast<Timestamp>(wall.tv_sec) * 1000 + wall.tv_nsec / 1'000'000,
          static_cast<std::uint64_t>(boot.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(boot.tv_nsec)};
}

}  // namespace pmon::monitor
