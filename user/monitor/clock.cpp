// SPDX-License-Identifier: Apache-2.0
#include "monitor/clock.h"

#include <ctime>

namespace pmon::monitor {

namespace {

std::uint64_t read_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

Timestamp to_ms(std::uint64_t ns) { return static_cast<Timestamp>(ns / 1'000'000); }

}  // namespace

SystemClock::SystemClock() : boot_(to_ms(read_ns(CLOCK_REALTIME)) - to_ms(read_ns(CLOCK_BOOTTIME))) {}

Tick SystemClock::now() const {
  const std::uint64_t boottime_ns = read_ns(CLOCK_BOOTTIME);
  return {boot_ + to_ms(boottime_ns), boottime_ns, to_ms(read_ns(CLOCK_REALTIME))};
}

}  // namespace pmon::monitor
