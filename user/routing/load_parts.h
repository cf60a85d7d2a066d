// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/yaml_reader.h"
#include "routing/config.h"

namespace pmon::routing {

// The parts of a configuration file, each read into what it stands for; errors go to the reader.

// What routes may name.
struct Names {
  std::vector<std::string> receivers;
  std::vector<std::string> times;  // in the order of Config::times
};

[[nodiscard]] Route read_routes(config::YamlReader& yaml, const YAML::Node& root, const Names& names);

[[nodiscard]] std::vector<alerts::InhibitRule> read_inhibit_rules(config::YamlReader& yaml, const YAML::Node& list);

// Appends to `times`; `key` is "time_intervals" or its old name.
void read_times(config::YamlReader& yaml, const YAML::Node& list, const std::string& key,
                std::vector<NamedTimes>& times);

// Appends the matchers of a list of texts (`matchers`), or of a mapping from labels to values (`match`,
// `match_re`).
void read_matchers(config::YamlReader& yaml, const YAML::Node& list, std::string_view key,
                   std::vector<alerts::LabelMatcher>& matchers);
void read_match(config::YamlReader& yaml, const YAML::Node& map, std::string_view key, alerts::LabelMatcher::Op op,
                std::vector<alerts::LabelMatcher>& matchers);

}  // namespace pmon::routing
