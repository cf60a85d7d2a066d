// SPDX-License-Identifier: Apache-2.0
#include "daemon/parts.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/budget.h"
#include "pmon/version.h"

namespace pmon::daemon {

monitor::WatchOptions watch_options(const Settings& settings) {
  monitor::WatchOptions options;
  options.names = settings.names;
  options.units = settings.units;
  options.cgroups = settings.cgroups;
  options.wait = true;
  options.interval_ms = settings.interval_ms;
  options.collector = settings.collector;
  options.max_series = settings.max_series;
  options.ledger_slots = settings.ledger_slots;
  options.ring_bytes = settings.ring_bytes;
  return options;
}

http::ServerOptions server_options(const Settings& settings) {
  http::ServerOptions options;
  options.listen = settings.listen;
  options.enable_reload = settings.http_reload;
  options.metrics = settings.http_metrics;
  options.web_config_file = settings.beside_file(settings.web_config_file);
  return options;
}

http::Health first_health(const Settings& settings, const Collector& collector, const Tick& now) {
  http::Health health;
  health.version = kVersion;
  health.started_at = now.wall;
  health.interval_ms = settings.interval_ms;
  health.collector = collector.name();
  health.level = name_of(Level::kFull);
  return health;
}

std::string listening_text(const Settings& settings, int port) {
  std::string first = settings.listen.front();
  if (first.ends_with(":0")) first.replace(first.size() - 1, 1, std::to_string(port));
  return fmt::format("HTTP is served at {}",
                     fmt::join(settings.listen.size() == 1 ? std::vector{first} : settings.listen, ", "));
}

}  // namespace pmon::daemon
