// SPDX-License-Identifier: Apache-2.0
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "config/read_file.h"
#include "daemon/settings.h"
#include "pmon/environment.h"
#include "pmon/suggest.h"

namespace pmon::daemon {
namespace {

using config::YamlReader;
using YAML::Node;

constexpr std::string_view kExport = "export";
constexpr std::string_view kAlerting = "alerting";

// References to what only a restart can change.
auto until_restart(auto& s) {
  return std::tie(s.collector, s.names, s.units, s.cgroups, s.ledger_slots, s.ring_bytes, s.listen, s.http_metrics,
                  s.http_reload, s.web_config_file, s.state, s.lock);
}

std::vector<std::string_view> names_at(std::string_view section) {
  std::vector<std::string_view> names;
  for (const Key& key : keys()) {
    if (key.section == section) names.push_back(key.name);
  }
  return names;
}

std::vector<std::string_view> sections() {
  std::vector<std::string_view> sections;
  for (const Key& key : keys()) {
    if (!key.section.empty() && std::ranges::find(sections, key.section) == sections.end()) {
      sections.push_back(key.section);
    }
  }
  return sections;
}

void read_key(YamlReader& yaml, std::string_view section, const std::string& name, const Node& node,
              Settings& settings) {
  const auto found =
      std::ranges::find_if(keys(), [&](const Key& key) { return key.section == section && key.name == name; });
  if (!node.IsNull()) found->read(yaml, node, found->name, settings);
}

void read_file(YamlReader& yaml, const Node& root, Settings& settings) {
  std::vector<std::string_view> known = names_at("");
  const std::vector<std::string_view> own = sections();
  known.insert(known.end(), own.begin(), own.end());
  known.insert(known.end(), {kExport, kAlerting});
  yaml.each_key(root, known, "the file", [&](const std::string& section, const Node& node) {
    if (section == kExport) {
      settings.export_section = std::make_shared<const Node>(node);
    } else if (section == kAlerting) {
      settings.alerting_section = std::make_shared<const Node>(node);
    } else if (std::ranges::find(own, section) == own.end()) {
      read_key(yaml, "", section, node, settings);
    } else {
      yaml.each_key(
          node, names_at(section), fmt::format("'{}'", section),
          [&](const std::string& name, const Node& value) { read_key(yaml, section, name, value, settings); });
    }
  });
}

// PMON_COLLECT_INTERVAL=5s is read as the file's `interval: 5s` would be.
void read_environment(Settings& settings, std::string& errors) {
  for (const Key& key : keys()) {
    const std::string name = environment_name(key);
    const std::string value = environment(name.c_str()).value_or("");
    if (value.empty()) continue;
    settings.overruled.push_back(fmt::format("{}={}", name, value));
    YamlReader yaml(value, "environment variable " + name);
    yaml.run([&](const Node& node) { key.read(yaml, node, key.name, settings); });
    config::append_line(errors, config::text_of(yaml.errors()));
  }
}

void read_word(const Overrule& word, Settings& settings, std::string& errors) {
  const auto full_name = [](const Key& key) {
    return fmt::format("{}{}{}", key.section, key.section.empty() ? "" : ".", key.name);
  };
  const auto found = std::ranges::find(keys(), word.key, full_name);
  if (found == keys().end()) {
    std::vector<std::string> names;
    for (const Key& key : keys()) names.push_back(full_name(key));
    const std::vector<std::string_view> known(names.begin(), names.end());
    return config::append_line(errors, fmt::format("{}: no key '{}'{}; 'pmon run --keys' lists them", word.source,
                                                   word.key, did_you_mean(word.key, known)));
  }
  settings.overruled.push_back(word.source == "--set" ? fmt::format("--set {}={}", word.key, word.value)
                                                      : fmt::format("{} {}", word.source, word.value));
  YamlReader yaml(word.value, word.source);
  yaml.run([&](const Node& node) { found->read(yaml, node, found->name, settings); });
  config::append_line(errors, config::text_of(yaml.errors()));
}

bool is_set(const char* name) { return environment(name) == "1"; }

// Patterns become files; one that matches nothing is a mistake only where it names one file.
void find_rule_files(Settings& settings) {
  std::vector<std::string> files;
  for (const std::string& pattern : settings.rule_files) {
    const std::string full = settings.beside_file(pattern);
    glob_t found{};
    if (::glob(full.c_str(), 0, nullptr, &found) == 0) {  // NOLINT(concurrency-mt-unsafe): no user's folder (~)
      files.insert(files.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
    } else if (full.find_first_of("*?[") == std::string::npos) {
      files.push_back(full);  // whoever reads it says that it is not there
    } else {
      settings.warnings.push_back(fmt::format("rules.files: no file matches '{}'", full));
    }
    ::globfree(&found);
  }
  settings.rule_files = std::move(files);
}

}  // namespace

bool Settings::needs_restart_after(const Settings& running) const {
  return until_restart(*this) != until_restart(running);
}

void Settings::keep_until_restart(const Settings& running) { until_restart(*this) = until_restart(running); }

std::string Settings::beside_file(const std::string& path) const {
  return path.empty() ? path : (std::filesystem::path(folder) / path).string();
}

bool is_settings(std::string_view yaml) {
  std::vector<std::string_view> words = sections();
  words.insert(words.end(), {kExport, kAlerting});
  for (const std::string_view name : names_at("")) words.push_back(name);
  return std::ranges::any_of(words, [yaml](std::string_view word) {
    const std::string key = std::string(word) + ":";
    return yaml.starts_with(key) || yaml.find("\n" + key) != std::string_view::npos;
  });
}

Result<Settings> load_settings(const Origin& origin) {
  const std::optional<std::string>& path = origin.path;
  Settings settings = origin.defaults;
  std::string errors;
  if (path) {
    const auto text = config::read_file(*path, "configuration");
    if (!text) return std::unexpected(text.error());
    settings.folder = std::filesystem::path(*path).parent_path().string();
    settings.file = std::make_shared<YamlReader>(*text, *path);
    settings.file->run([&](const Node& root) { read_file(*settings.file, root, settings); });
    errors = config::text_of(settings.file->errors());
  }
  if (origin.environment) read_environment(settings, errors);
  for (const Overrule& word : origin.words) read_word(word, settings, errors);
  find_rule_files(settings);
  settings.rule_files.insert(settings.rule_files.end(), origin.rule_files.begin(), origin.rule_files.end());
  if (origin.environment && is_set("PMON_DISABLE_METRICS")) settings.http_metrics = false;
  settings.debug = origin.environment && is_set("PMON_DEBUG");
  if (origin.adjust) origin.adjust(settings);
  if (!errors.empty()) return fail(ErrorKind::kUsage, errors);
  return settings;
}

}  // namespace pmon::daemon
