// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/settings.h"
#include "export/make_exporters.h"
#include "notify/make_notifiers.h"
#include "pmon/result.h"
#include "routing/config.h"
#include "rules/rules.h"

namespace pmon::daemon {

// Everything that a daemon is told to be, read and found right: what `run`, its reload and `check` all read.
struct Configuration {
  Settings settings;
  std::vector<rules::Group> rules;
  routing::Config alerting;
  notify::Receivers receivers;
  ExporterConfigs exporters;
  std::vector<std::string> warnings;
  std::string shown;  // all of it as YAML, for others to see: no secrets
};

// Errors (kUsage): all of what is wrong anywhere, each at its place.
[[nodiscard]] Result<Configuration> load_configuration(const Origin& origin);

}  // namespace pmon::daemon
