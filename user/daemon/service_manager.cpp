// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace pmon::daemon {

namespace {

// The unit's WatchdogSec= and no less than three ticks; "" where the unit wants none.
std::string watchdog(Timestamp interval_ms) {
  std::uint64_t unit_us = 0;
  if (sd_watchdog_enabled(0, &unit_us) <= 0) return "";
  return fmt::format("WATCHDOG_USEC={}\nWATCHDOG=1\n",
                     std::max(unit_us, static_cast<std::uint64_t>(3 * interval_ms) * 1000));
}

}  // namespace

void Systemd::ready(Timestamp interval_ms) const { sd_notify(0, (watchdog(interval_ms) + "READY=1").c_str()); }

void Systemd::interval_changed(Timestamp interval_ms) const {
  if (const std::string said = watchdog(interval_ms); !said.empty()) sd_notify(0, said.c_str());
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
