// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/configuration.h"
#include "monitor/watch_options.h"
#include "pmon/monitor.h"

namespace pmon::library {

// What a program's options and its configuration file come to, read and found right.
struct Setup {
  daemon::Origin origin;  // to read it again
  daemon::Configuration configuration;
  monitor::WatchOptions watch;
  bool chose_procfs = false;  // nobody asked for /proc; it is what costs the least
};

// Errors (kUsage): everything that is wrong.
[[nodiscard]] Result<Setup> make_setup(const MonitorOptions& options);

}  // namespace pmon::library
