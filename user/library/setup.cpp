// SPDX-License-Identifier: Apache-2.0
#include "library/setup.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/parts.h"
#include "monitor/open_collector.h"

namespace pmon::library {

namespace {

constexpr std::chrono::milliseconds kShortestInterval(100);
constexpr std::chrono::milliseconds kLongestInterval(3'600'000);

monitor::CollectorChoice choice_of(CollectorKind kind) {
  switch (kind) {
    case CollectorKind::kEbpf: return monitor::CollectorChoice::kEbpf;
    case CollectorKind::kProcfs: return monitor::CollectorChoice::kProcfs;
    case CollectorKind::kAuto: break;
  }
  return monitor::CollectorChoice::kAuto;
}

// A daemon's settings where nobody says otherwise; a guest opens no port and writes no file unasked.
daemon::Settings guest_settings() {
  daemon::Settings settings;
  settings.listen.clear();
  settings.state.clear();
  return settings;
}

// The program's word goes before the file's.
void overrule(const MonitorOptions& options, daemon::Settings& settings) {
  if (options.interval) settings.interval_ms = options.interval->count();
  if (options.collector != CollectorKind::kAuto) settings.collector = choice_of(options.collector);
  if (!options.default_rules) settings.default_rules = false;
  if (!options.listen.empty()) settings.listen = {options.listen};
  if (!options.state.empty()) settings.state = options.state;
  settings.names.insert(settings.names.end(), options.names.begin(), options.names.end());
}

daemon::Origin origin_of(const MonitorOptions& options) {
  daemon::Origin origin;
  if (!options.config_file.empty()) origin.path = options.config_file;
  origin.rule_files = options.rule_files;
  origin.defaults = guest_settings();
  origin.environment = false;
  origin.adjust = [options](daemon::Settings& settings) { overrule(options, settings); };
  return origin;
}

Result<std::vector<std::int32_t>> pids_of(const MonitorOptions& options) {
  std::vector<std::int32_t> pids = options.pids;
  if (options.self) pids.push_back(getpid());
  std::ranges::sort(pids);
  const auto repeated = std::ranges::unique(pids);
  pids.erase(repeated.begin(), repeated.end());
  if (!pids.empty() && pids.front() <= 0) {
    return fail(ErrorKind::kUsage, fmt::format("MonitorOptions.pids: {} is no pid", pids.front()));
  }
  return pids;
}

Result<void> check(const MonitorOptions& options) {
  if (options.interval && (*options.interval < kShortestInterval || *options.interval > kLongestInterval)) {
    return fail(ErrorKind::kUsage,
                fmt::format("MonitorOptions.interval: {} ms is not from 100 ms to 1 h", options.interval->count()));
  }
  if (options.collector > CollectorKind::kProcfs) {  // an int of C
    return fail(ErrorKind::kUsage,
                fmt::format("MonitorOptions.collector: there is no collector {}", static_cast<int>(options.collector)));
  }
  return {};
}

}  // namespace

Result<Setup> make_setup(const MonitorOptions& options) {
  if (auto checked = check(options); !checked) return std::unexpected(checked.error());
  auto pids = pids_of(options);
  if (!pids) return std::unexpected(pids.error());
  Setup setup;
  setup.origin = origin_of(options);
  auto configuration = daemon::load_configuration(setup.origin);
  if (!configuration) return std::unexpected(configuration.error());
  setup.configuration = std::move(*configuration);
  monitor::WatchOptions& watch = setup.watch;
  watch = daemon::watch_options(setup.configuration.settings);
  watch.pids = std::move(*pids);
  watch.children = options.children;
  if (watch.pids.empty() && watch.names.empty() && watch.units.empty() && watch.cgroups.empty()) {
    return fail(ErrorKind::kUsage, "there is nothing to watch", "set MonitorOptions.self, pids or names");
  }
  // docs/library.md has the measurements behind this.
  setup.chose_procfs = watch.collector == monitor::CollectorChoice::kAuto && monitor::names_pids_alone(watch);
  if (setup.chose_procfs) watch.collector = monitor::CollectorChoice::kProcfs;
  return setup;
}

}  // namespace pmon::library
