// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "export/exporter_config.h"

namespace pmon {

using ExporterConfigs = std::vector<std::unique_ptr<ExporterConfig>>;

// One kind of sink: its key in the section.
struct ExporterKind {
  std::string_view name;
  std::unique_ptr<ExporterConfig> (*make)();
};
[[nodiscard]] const std::vector<ExporterKind>& exporter_kinds();

// Reads the section `export:`, a mapping from kinds to lists of sinks, in the order of the file. Everything wrong is
// told to the reader, and what the result is then means nothing. `has_state`: there is a folder in which a spool can
// be.
[[nodiscard]] ExporterConfigs read_exporters(config::YamlReader& yaml, const YAML::Node& section, bool has_state);

}  // namespace pmon
