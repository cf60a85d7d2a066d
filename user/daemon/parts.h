// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "collect/collector.h"
#include "daemon/settings.h"
#include "http/host.h"
#include "http/server.h"
#include "monitor/watch_options.h"

namespace pmon::daemon {

// What settings make of the parts that a monitor is put together from, in a daemon and inside another program.
[[nodiscard]] monitor::WatchOptions watch_options(const Settings& settings);
[[nodiscard]] http::ServerOptions server_options(const Settings& settings);
// Before the first tick.
[[nodiscard]] http::Health first_health(const Settings& settings, const Collector& collector, const Tick& now);
// "HTTP is served at …"; `port` is that of the first address.
[[nodiscard]] std::string listening_text(const Settings& settings, int port);

}  // namespace pmon::daemon
