// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/yaml_reader.h"
#include "delivery/http_client.h"
#include "notify/notifier.h"
#include "notify/surroundings.h"
#include "notify/templates.h"
#include "routing/config.h"

namespace pmon::notify {

// Makes a notifier of options that were read; they are in it.
using MakeNotifier = std::function<Result<std::unique_ptr<Notifier>>(const Surroundings&)>;

// Reads one item of a receiver's list, such as one of `slack_configs`. What is wrong is told to the YAML reader.
class SectionReader {
 public:
  // Both must outlive it. `section` is the list's name.
  SectionReader(config::YamlReader& yaml, const routing::Config& config, std::string_view section, bool send_resolved)
      : yaml_(yaml), config_(config), section_(section), send_resolved_(send_resolved) {}

  // Calls read(key, value) for the keys of the item, all but `send_resolved`, which every kind has. `unsupported` are
  // keys that Alertmanager has and pmon has not.
  void keys(const YAML::Node& node, std::span<const std::string_view> known, const config::YamlReader::ReadKey& read,
            std::span<const std::string_view> unsupported = {});
  // An item without any of these keys is wrong, and one with two of them.
  void need_one_of(const YAML::Node& node, std::initializer_list<std::string_view> keys);

  // The same where a key of `global` will do as well.
  void need_one_of_or_global(const YAML::Node& node, std::initializer_list<std::string_view> keys,
                             std::initializer_list<std::string_view> global_keys);

  // Of `global`; null where the file does not have it.
  [[nodiscard]] const YAML::Node* global(std::string_view key) const;
  [[nodiscard]] delivery::HttpOptions http(const YAML::Node& node);
  [[nodiscard]] delivery::HttpOptions default_http();  // global's http_config
  // Of `global`, where the file has it, or KEY_file.
  [[nodiscard]] config::Secret global_url(const std::string& key);
  // An http or https address; it may be a secret as a whole.
  [[nodiscard]] config::Secret url(const YAML::Node& node, std::string_view key);
  // The contents of a file, whose path is taken from the configuration's own folder.
  [[nodiscard]] config::Secret secret_file(const YAML::Node& node, std::string_view key);
  [[nodiscard]] config::Secret url_file(const YAML::Node& node, std::string_view key);
  [[nodiscard]] MessageTemplate message_template(const YAML::Node& node, std::string_view key,
                                                 MessageTemplate::About about);
  // Names of people in a robot's group: letters, digits and -_.@ alone.
  [[nodiscard]] std::vector<std::string> mentions(const YAML::Node& node, std::string_view key);
  // One line of visible ASCII.
  [[nodiscard]] std::string header_value(const YAML::Node& node, std::string_view key);
  [[nodiscard]] std::vector<std::string> texts(const YAML::Node& node, std::string_view key);

  // The kind wants more or less time for an attempt than queues give.
  void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }

  [[nodiscard]] config::YamlReader& yaml() { return yaml_; }
  [[nodiscard]] bool send_resolved() const { return send_resolved_; }
  [[nodiscard]] std::optional<std::chrono::milliseconds> timeout() const { return timeout_; }

 private:
  [[nodiscard]] config::Secret checked_url(const YAML::Node& node, std::string_view key, config::Secret url);

  config::YamlReader& yaml_;
  const routing::Config& config_;
  std::string_view section_;
  bool send_resolved_;
  std::optional<std::chrono::milliseconds> timeout_;
};

}  // namespace pmon::notify
