// SPDX-License-Identifier: Apache-2.0
#include "notify/make_notifiers.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "notify/alertmanager.h"
#include "notify/dingtalk.h"
#include "notify/email.h"
#include "notify/exec.h"
#include "notify/kafka.h"
#include "notify/loki.h"
#include "notify/notifier_destination.h"
#include "notify/slack.h"
#include "notify/syslog.h"
#include "notify/webhook.h"
#include "notify/wecom.h"

namespace pmon::notify {
namespace {

constexpr std::string_view kStdout = "stdout_configs";
constexpr std::string_view kSuffix = "_configs";

struct Kind {
  std::string_view section;
  bool send_resolved;  // where the file does not say; Alertmanager's own for its kinds
  MakeNotifier (*read)(SectionReader& section, const YAML::Node& node);
};

// A new kind of notifier is a file with its class, and its row here.
constexpr std::array<Kind, 10> kKinds = {{{"alertmanager_configs", true, read_alertmanager},
                                          {"dingtalk_configs", true, read_dingtalk},
                                          {"email_configs", false, read_email},
                                          {"exec_configs", true, read_exec},
                                          {"kafka_configs", true, read_kafka},
                                          {"loki_configs", true, read_loki},
                                          {"slack_configs", false, read_slack},
                                          {"syslog_configs", true, read_syslog},
                                          {"webhook_configs", true, read_webhook},
                                          {"wecom_configs", true, read_wecom}}};

struct ForeignKind {
  std::string_view section;
  std::string_view instead;
};

constexpr std::string_view kBridge = "send to an Alertmanager that does ('alertmanager_configs'), or to a webhook";

constexpr std::array<ForeignKind, 9> kForeignKinds = {
    {{"discord_configs", "use 'slack_configs' with the webhook's address and '/slack' behind it"},
     {"opsgenie_configs", kBridge},
     {"pagerduty_configs", kBridge},
     {"pushover_configs", kBridge},
     {"sns_configs", kBridge},
     {"telegram_configs", kBridge},
     {"victorops_configs", kBridge},
     {"webex_configs", kBridge},
     {"wechat_configs", "add a robot to the group and use 'wecom_configs' with its address"}}};

constexpr auto kSections = [] {
  std::array<std::string_view, kKinds.size() + 1 + kForeignKinds.size()> names;
  auto next = std::ranges::transform(kKinds, names.begin(), &Kind::section).out;
  *next++ = kStdout;
  std::ranges::transform(kForeignKinds, next, &ForeignKind::section);
  return names;
}();

// Of `global`, what some kind of receiver here reads.
bool is_used_global(std::string_view key) {
  return key == "http_config" || key.starts_with("slack_") || (key.starts_with("smtp_") && key != "smtp_auth_secret");
}

class ReceiversReader {
 public:
  ReceiversReader(config::YamlReader& yaml, const routing::Config& config) : yaml_(yaml), config_(config) {}

  Receivers read() {
    Receivers all;
    for (const routing::Section& section : config_.global) {
      if (is_used_global(section.name)) continue;
      yaml_.warning(*section.node, fmt::format("'{}' has no effect: pmon has no such receivers", section.name));
    }
    for (const routing::Receiver& receiver : config_.receivers) all.receivers.push_back(read_receiver(receiver));
    return all;
  }

 private:
  ReceiverConfig read_receiver(const routing::Receiver& receiver) {
    ReceiverConfig out{receiver.name, {}, {}};
    for (const routing::Section& section : receiver.sections) {
      const auto* kind = std::ranges::find(kKinds, section.name, &Kind::section);
      const auto* foreign = std::ranges::find(kForeignKinds, section.name, &ForeignKind::section);
      if (kind != kKinds.end()) {
        read_items(out, *kind, *section.node);
      } else if (section.name == kStdout) {
        yaml_.each_item(*section.node, kStdout,
                        [&](const YAML::Node& node) { out.outputs.push_back(read_stdout(node)); });
      } else if (foreign != kForeignKinds.end() && section.node->size() > 0) {
        yaml_.error(*section.node, fmt::format("pmon does not send to '{}': {}", section.name, foreign->instead));
      }
    }
    return out;
  }

  void read_items(ReceiverConfig& out, const Kind& kind, const YAML::Node& list) {
    const std::string word(kind.section.substr(0, kind.section.size() - kSuffix.size()));
    std::size_t number = 0;
    yaml_.each_item(list, kind.section, [&](const YAML::Node& node) {
      SectionReader section(yaml_, config_, kind.section, kind.send_resolved);
      NotifierConfig notifier;
      notifier.make = kind.read(section, node);
      notifier.kind = word;
      notifier.name = fmt::format("{}/{}", out.name, word);
      if (++number > 1) notifier.name += fmt::format("-{}", number);
      notifier.send_resolved = section.send_resolved();
      notifier.timeout = section.timeout();
      notifier.identity = fmt::format("{} {}\n{}", word, yaml_.identity(node), identity_of_globals());
      out.notifiers.push_back(std::move(notifier));
    });
  }

  // After an item was read, and what it uses of them with it.
  [[nodiscard]] std::string identity_of_globals() const {
    std::string identity;
    for (const routing::Section& section : config_.global) {
      identity += fmt::format("{}: {}\n", section.name, yaml_.identity(*section.node));
    }
    return identity;
  }

  StdoutForm read_stdout(const YAML::Node& node) {
    constexpr std::array<std::string_view, 1> kKeys = {"output"};
    constexpr std::array<std::string_view, 2> kForms = {"text", "json"};
    StdoutForm form = StdoutForm::kText;
    SectionReader section(yaml_, config_, kStdout, true);
    section.keys(node, kKeys, [&](const std::string& key, const YAML::Node& value) {
      form = static_cast<StdoutForm>(yaml_.one_of(value, key, kForms));
    });
    return form;
  }

  config::YamlReader& yaml_;
  const routing::Config& config_;
};

// A mistake in `global` is found by each receiver that uses it.
std::string text_of_each(std::vector<config::Diagnostic> errors) {
  const auto repeated = std::ranges::unique(errors, {}, &config::Diagnostic::text);
  errors.erase(repeated.begin(), repeated.end());
  return config::text_of(errors);
}

}  // namespace

std::span<const std::string_view> receiver_kinds() { return kSections; }

Receivers read_receivers(config::YamlReader& yaml, const routing::Config& config) {
  try {
    return ReceiversReader(yaml, config).read();
  } catch (const YAML::Exception& error) {
    yaml.error(YAML::Node(), std::string("receivers: ") + error.what());
    return {};
  }
}

Result<Receivers> read_receivers(const routing::Config& config) {
  if (config.source == nullptr) {
    Receivers all;
    for (const routing::Receiver& receiver : config.receivers) all.receivers.push_back({receiver.name, {}, {}});
    return all;
  }
  config::YamlReader yaml(config.source);
  Receivers all = read_receivers(yaml, config);
  if (yaml.error_count() > 0) return fail(ErrorKind::kUsage, text_of_each(yaml.errors()));
  all.warnings = yaml.warnings();
  return all;
}

Result<std::unique_ptr<delivery::Destination>> make_destination(const NotifierConfig& config,
                                                                const Surroundings& surroundings) {
  auto notifier = config.make(surroundings);
  if (!notifier) {
    return fail(notifier.error().kind, fmt::format("receiver '{}': {}", config.name, notifier.error().message),
                notifier.error().remedy);
  }
  DestinationOptions options{config.send_resolved, surroundings.external_labels};
  return std::make_unique<NotifierDestination>(std::move(*notifier), std::move(options));
}

}  // namespace pmon::notify
