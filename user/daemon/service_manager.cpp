// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <algorithm>
#include <cstdint>

namespace pmon::daemon {

namespace {

constexpr Timestamp kShortestWatchdog = 30'000;

std::int64_t watchdog_us(Timestamp interval_ms) { return std::max(kShortestWatchdog, 3 * interval_ms) * 1000; }

}  // namespace

void Systemd::ready(Timestamp interval_ms) const {
  sd_notifyf(0, "READY=1\nWATCHDOG_USEC=%lld\nWATCHDOG=1", static_cast<long long>(watchdog_us(interval_ms)));
}

void Systemd::interval_changed(Timestamp interval_ms) const {
  sd_notifyf(0, "WATCHDOG_USEC=%lld\nWATCHDOG=1", static_cast<long long>(watchdog_us(interval_ms)));
}

void Systemd::alive(const char* status) const { sd_notifyf(0, "WATCHDOG=1\nSTATUS=%s", status); }

void Systemd::reloading() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
             static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

void Systemd::stopping() const { sd_notify(0, "STOPPING=1"); }

}  // namespace pmon::daemon
