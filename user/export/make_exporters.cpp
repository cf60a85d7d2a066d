// SPDX-License-Identifier: Apache-2.0
#include "export/make_exporters.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "export/exporters.h"

namespace pmon {

using config::YamlReader;
using YAML::Node;

namespace {

constexpr std::string_view kNameKey = "name";

template <typename Config>
std::unique_ptr<ExporterConfig> make() {
  return std::make_unique<Config>();
}

// A name is a label's value and a folder's name.
bool is_sink_name(std::string_view name) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && name.front() != '.' && std::ranges::all_of(name, fits);
}

// What is there once in the whole section: names, and files that are written.
class Unique {
 public:
  explicit Unique(std::string_view what) : what_(what) {}
  void add(YamlReader& yaml, const Node& node, const std::string& value) {
    const auto line = yaml.position(node).line;
    const auto [first, added] = lines_.emplace(value, line);
    if (!added)
      yaml.error(node, fmt::format("{} '{}' is another sink's already (line {})", what_, value, first->second));
  }

 private:
  std::string_view what_;
  std::map<std::string, int> lines_;
};

struct Section {
  YamlReader& yaml;
  bool has_state;
  Unique names{"the name"};
  Unique files{"the file"};
  ExporterConfigs configs;
};

void read_keys(YamlReader& yaml, const Node& node, ExporterConfig& config) {
  const Settings settings = config.settings();
  std::vector<std::string_view> known = {kNameKey};
  for (const Setting& setting : settings) known.push_back(setting.key);
  yaml.each_key(
      node, known, fmt::format("a sink of '{}'", config.kind), [&](const std::string& key, const Node& value) {
        if (key == kNameKey) {
          config.name = yaml.text(value, key);
          if (!is_sink_name(config.name)) {
            yaml.error(value, fmt::format("'name': '{}' must be of letters, digits, '_', '-' and '.'", config.name));
          }
        } else {
          std::ranges::find(settings, key, &Setting::key)->read(yaml, value);
        }
      });
}

void read_sink(Section& section, const ExporterKind& kind, std::size_t number, const Node& node) {
  YamlReader& yaml = section.yaml;
  std::unique_ptr<ExporterConfig> config = kind.make();
  config->kind = kind.name;
  config->name = number == 1 ? std::string(kind.name) : fmt::format("{}-{}", kind.name, number);
  const std::size_t before = yaml.error_count();
  read_keys(yaml, node, *config);
  if (yaml.error_count() == before) {
    if (const std::string wrong = config->complaint(); !wrong.empty()) {
      yaml.error(node, fmt::format("sink '{}': {}", config->name, wrong));
    }
    if (config->wants_spool() && !section.has_state) {
      yaml.error(node, fmt::format("sink '{}': 'spool' needs a folder for state: set 'state'", config->name));
    }
  }
  config->identity = fmt::format("{} {}", kind.name, yaml.identity(node));
  section.names.add(yaml, node, config->name);
  for (const std::string& file : config->files()) section.files.add(yaml, node, file);
  section.configs.push_back(std::move(config));
}

}  // namespace

const std::vector<ExporterKind>& exporter_kinds() {
  static const std::vector<ExporterKind> kinds = {
      {"textfile", make<TextfileConfig>},        {"file", make<FileConfig>}, {"http", make<HttpPushConfig>},
      {"influxdb", make<InfluxdbConfig>},        {"loki", make<LokiConfig>}, {"kafka", make<KafkaConfig>},
      {"remote_write", make<RemoteWriteConfig>},
  };
  return kinds;
}

ExporterConfigs read_exporters(YamlReader& yaml, const Node& section, bool has_state) {
  std::vector<std::string_view> known;
  for (const ExporterKind& kind : exporter_kinds()) known.push_back(kind.name);
  Section reading{yaml, has_state};
  yaml.each_key(section, known, "'export'", [&](const std::string& key, const Node& list) {
    const ExporterKind& kind = *std::ranges::find(exporter_kinds(), key, &ExporterKind::name);
    std::size_t number = 0;
    yaml.each_item(list, key, [&](const Node& node) { read_sink(reading, kind, ++number, node); });
  });
  return std::move(reading.configs);
}

}  // namespace pmon
