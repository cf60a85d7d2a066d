// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "config/read_file.h"
#include "pmon/suggest.h"
#include "routing/config.h"
#include "routing/load_parts.h"

namespace pmon::routing {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> kFileKeys = {
    "global", "templates", "route", "inhibit_rules", "receivers", "mute_time_intervals", "time_intervals"};

constexpr std::array<std::string_view, 25> kGlobalKeys = {"resolve_timeout",
                                                          "http_config",
                                                          "smtp_from",
                                                          "smtp_hello",
                                                          "smtp_smarthost",
                                                          "smtp_auth_username",
                                                          "smtp_auth_password",
                                                          "smtp_auth_password_file",
                                                          "smtp_auth_secret",
                                                          "smtp_auth_identity",
                                                          "smtp_require_tls",
                                                          "slack_api_url",
                                                          "slack_api_url_file",
                                                          "pagerduty_url",
                                                          "opsgenie_api_url",
                                                          "opsgenie_api_key",
                                                          "opsgenie_api_key_file",
                                                          "wechat_api_url",
                                                          "wechat_api_secret",
                                                          "wechat_api_corp_id",
                                                          "victorops_api_url",
                                                          "victorops_api_key",
                                                          "victorops_api_key_file",
                                                          "telegram_api_url",
                                                          "webex_api_url"};

constexpr std::array<std::string_view, 12> kReceiverKinds = {
    "discord_configs",   "email_configs", "opsgenie_configs", "pagerduty_configs",
    "pushover_configs",  "slack_configs", "sns_configs",      "telegram_configs",
    "victorops_configs", "webex_configs", "webhook_configs",  "wechat_configs"};

class Loader {
 public:
  Loader(config::YamlReader& yaml, Keys kinds) : yaml_(yaml), kinds_(kinds) {}

  void read(const YAML::Node& root) {
    std::optional<YAML::Node> route;
    bool own_inhibit_rules = false;
    yaml_.each_key(root, kFileKeys, "the file", [&](const std::string& key, const YAML::Node& value) {
      if (key == "global") {
        read_global(value);
      } else if (key == "templates") {
        refuse_templates(value);
      } else if (key == "route") {
        route = value;
      } else if (key == "inhibit_rules") {
        own_inhibit_rules = true;
        config_.inhibit_rules = read_inhibit_rules(yaml_, value);
      } else if (key == "receivers") {
        read_receivers(value);
      } else {
        read_times(yaml_, value, key, config_.times);
      }
    });
    if (!own_inhibit_rules) config_.inhibit_rules = alerts::default_inhibit_rules();
    // Last, for it names receivers and times, which may stand below it.
    if (route && !route->IsNull()) {
      config_.route = read_routes(yaml_, *route, names());
    } else if (root.IsMap() || root.IsNull()) {
      yaml_.error(root, "no 'route': the file must have one, with a 'receiver'");
    }
  }

  [[nodiscard]] Config take() {
    config_.source = yaml_.source();
    config_.warnings = yaml_.warnings();
    name_routes(config_.route);
    return std::move(config_);
  }

 private:
  [[nodiscard]] Names names() const {
    Names names;
    for (const Receiver& receiver : config_.receivers) names.receivers.push_back(receiver.name);
    for (const NamedTimes& times : config_.times) names.times.push_back(times.name);
    return names;
  }

  [[nodiscard]] Section section(const std::string& key, const YAML::Node& value) const {
    return {key, std::make_shared<const YAML::Node>(value), yaml_.position(value)};
  }

  void read_global(const YAML::Node& map) {
    yaml_.each_key(map, kGlobalKeys, "'global'", [&](const std::string& key, const YAML::Node& value) {
      if (key != "resolve_timeout") {
        config_.global.push_back(section(key, value));
        return;
      }
      if (!value.IsNull()) (void)yaml_.duration(value, key, true);
      yaml_.warning(value, "'resolve_timeout' has no effect: pmon itself sees when an alert ends");
    });
  }

  void refuse_templates(const YAML::Node& list) {
    yaml_.each_item(list, "templates", [&](const YAML::Node& item) {
      yaml_.error(item,
                  "templates of notifications are not supported: remove them, and the texts that use them; the "
                  "alerts' annotations are what is told");
    });
  }

  void read_receivers(const YAML::Node& list) {
    std::vector<std::string_view> keys = {"name"};
    keys.insert(keys.end(), kinds_.begin(), kinds_.end());
    yaml_.each_item(list, "receivers", [&](const YAML::Node& node) {
      Receiver receiver;
      receiver.position = yaml_.position(node);
      const std::size_t errors_before = yaml_.error_count();
      yaml_.each_key(
          node, keys, "a receiver",
          [&](const std::string& key, const YAML::Node& value) {
            if (key == "name") {
              receiver.name = yaml_.text(value, key);
            } else {
              yaml_.each_item(value, key, [](const YAML::Node&) {});  // complains of anything else
              receiver.sections.push_back(section(key, value));
            }
          },
          [this](const std::string& key) { return unknown_kind(key); });
      const bool fine = yaml_.error_count() == errors_before;
      if (receiver.name.empty() && fine) return yaml_.error(node, "a receiver needs a name");
      const auto same = std::ranges::find(config_.receivers, receiver.name, &Receiver::name);
      if (same != config_.receivers.end()) {
        return yaml_.error(
            node, fmt::format("receiver '{}' is there already, in line {}", receiver.name, same->position.line));
      }
      config_.receivers.push_back(std::move(receiver));
    });
  }

  // What its names share says nothing about which one was meant.
  [[nodiscard]] std::string unknown_kind(const std::string& key) const {
    constexpr std::string_view kEnd = "_configs";
    const auto stem = [&](std::string_view kind) {
      return kind.substr(0, kind.size() - (kind.ends_with(kEnd) ? kEnd.size() : 0));
    };
    std::vector<std::string_view> stems = {"name"};
    for (const std::string_view kind : kinds_) stems.push_back(stem(kind));
    std::string meant(closest(stem(key), stems));
    if (!meant.empty()) meant = fmt::format(" (did you mean '{}{}'?)", meant, meant == "name" ? "" : kEnd);
    return fmt::format("unknown kind of receiver '{}'{}; known: {}", key, meant, fmt::join(kinds_, ", "));
  }

  config::YamlReader& yaml_;
  Keys kinds_;
  Config config_;
};

}  // namespace

bool is_config(std::string_view yaml) {
  for (const std::string_view key : {"route:", "receivers:"}) {
    for (std::size_t at = yaml.find(key); at != std::string_view::npos; at = yaml.find(key, at + 1)) {
      if (at == 0 || yaml[at - 1] == '\n') return true;
    }
  }
  return false;
}

std::span<const std::string_view> alertmanager_receiver_kinds() { return kReceiverKinds; }

Config default_config() {
  Config config;
  config.route.receiver = kStdoutReceiver;
  config.route.group_by_all = true;
  config.route.group_wait_ms = 0;
  config.route.group_interval_ms = 0;
  config.route.repeat_interval_ms = Timestamp{5} * 60 * 1000;
  config.inhibit_rules = alerts::default_inhibit_rules();
  config.receivers.push_back({std::string(kStdoutReceiver), {}, {}});
  name_routes(config.route);
  return config;
}

Result<Config> load(std::string_view yaml, const std::string& file, Keys receiver_kinds) {
  config::YamlReader reader(yaml, file);
  Loader loader(reader, receiver_kinds);
  reader.run([&loader](const YAML::Node& root) { loader.read(root); });
  if (reader.error_count() > 0) return fail(ErrorKind::kUsage, config::text_of(reader.errors()));
  return loader.take();
}

Config read(config::YamlReader& yaml, const YAML::Node& root, Keys receiver_kinds) {
  Loader loader(yaml, receiver_kinds);
  loader.read(root);
  return loader.take();
}

Result<Config> load_file(const std::string& path, Keys receiver_kinds) {
  const Result<std::string> text = config::read_file(path, "alerting configuration");
  if (!text) return std::unexpected(text.error());
  return load(*text, path, receiver_kinds);
}

}  // namespace pmon::routing
