// SPDX-License-Identifier: Apache-2.0
#include "daemon/configuration.h"

#include <utility>

#include <yaml-cpp/yaml.h>

#include "config/read_file.h"
#include "config/without_secrets.h"
#include "monitor/rule_files.h"

namespace pmon::daemon {

namespace {

// Alertmanager's keys under `alerting:`, or its own file named there.
Result<routing::Config> read_alerting(const Settings& settings, std::string& errors) {
  if (!settings.alerting_section || settings.alerting_section->IsNull()) return routing::default_config();
  config::YamlReader& yaml = *settings.file;
  const YAML::Node& section = *settings.alerting_section;
  if (section.IsMap() && section["config_file"]) {
    std::string path;
    constexpr std::string_view kConfigFile[] = {"config_file"};
    yaml.each_key(section, kConfigFile, "'alerting' with a 'config_file'",
                  [&](const std::string& key, const YAML::Node& value) { path = yaml.expanded(value, key); });
    auto written = config::read_file(settings.beside_file(path), "alerting configuration");
    if (!written) {
      config::append_line(errors, written.error().text());
      return std::unexpected(written.error());
    }
    auto loaded = routing::load(*written, settings.beside_file(path), notify::receiver_kinds());
    if (!loaded) config::append_line(errors, loaded.error().text());
    return loaded;
  }
  return routing::read(yaml, section, notify::receiver_kinds());
}

// One more exporter, as the file would have it. What is wrong, or "".
std::string add_textfile(const std::string& path, ExporterConfigs& exporters) {
  YAML::Node section;
  section["textfile"][0]["name"] = "--textfile";
  section["textfile"][0]["path"] = path;
  config::YamlReader yaml(YAML::Dump(section), "--textfile");
  yaml.run([&](const YAML::Node& root) {
    for (auto& exporter : read_exporters(yaml, root, false)) exporters.push_back(std::move(exporter));
  });
  return config::text_of(yaml.errors());
}

// After everything has been read, so that it is known what is a secret.
std::string shown_text(const Origin& origin, const Settings& settings) {
  std::string text = origin.path ? "# " + *origin.path + "\n" : "# no file\n";
  if (settings.file) text += config::without_secrets(*settings.file->source());
  if (!settings.overruled.empty()) text += "# over it:\n";
  for (const std::string& one : settings.overruled) text += "#   " + one + "\n";
  for (const std::string& file : settings.rule_files) text += "# rules: " + file + "\n";
  return text;
}

}  // namespace

Result<Configuration> load_configuration(const Origin& origin) {
  auto settings = load_settings(origin);
  if (!settings) return std::unexpected(settings.error());
  Configuration configuration{.settings = std::move(*settings)};
  const Settings& read = configuration.settings;
  configuration.warnings = read.warnings;
  std::string errors;

  auto rules = monitor::load_rules(read.default_rules, read.rule_files);
  if (rules) {
    configuration.rules = std::move(*rules);
  } else {
    config::append_line(errors, rules.error().text());
  }
  if (auto alerting = read_alerting(read, errors)) {
    for (const config::Diagnostic& warning : alerting->warnings) configuration.warnings.push_back(warning.text());
    if (auto receivers = notify::read_receivers(*alerting)) {
      for (const config::Diagnostic& warning : receivers->warnings) configuration.warnings.push_back(warning.text());
      configuration.receivers = std::move(*receivers);
    } else {
      config::append_line(errors, receivers.error().text());
    }
    configuration.alerting = std::move(*alerting);
  }
  if (read.export_section) {
    configuration.exporters = read_exporters(*read.file, *read.export_section, !read.state.empty());
  }
  if (origin.textfile) config::append_line(errors, add_textfile(*origin.textfile, configuration.exporters));
  if (read.file) config::append_line(errors, config::text_of(read.file->errors()));
  if (!errors.empty()) return fail(ErrorKind::kUsage, errors);
  configuration.shown = shown_text(origin, read);
  return configuration;
}

}  // namespace pmon::daemon
