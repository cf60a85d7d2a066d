// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/inhibition.h"
#include "config/source.h"
#include "pmon/result.h"
#include "routing/route.h"
#include "routing/time_interval.h"

namespace YAML {
class Node;
}

namespace pmon::config {
class YamlReader;
}

namespace pmon::routing {

// A part of the file that is somebody else's to read: a list of a receiver, or a key of `global`.
struct Section {
  std::string name;  // "webhook_configs"
  std::shared_ptr<const YAML::Node> node;
  config::Position position;
};

struct Receiver {
  std::string name;
  std::vector<Section> sections;
  config::Position position;
};

struct NamedTimes {
  std::string name;
  std::vector<TimeInterval> intervals;  // it is in the named times that is in one of them

  [[nodiscard]] bool contains(Timestamp wall) const;
};

// Who is told what, and when: Alertmanager's configuration.
struct Config {
  Route route;  // the root, to which everything comes
  std::vector<alerts::InhibitRule> inhibit_rules;
  std::vector<NamedTimes> times;
  std::vector<Receiver> receivers;
  std::vector<Section> global;                   // all but what concerns routing
  std::shared_ptr<const config::Source> source;  // for complaints about sections; null without a file
  std::vector<config::Diagnostic> warnings;
};

// The receiver of the default configuration.
inline constexpr std::string_view kStdoutReceiver = "stdout";

// Without a file: every alert of its own, told at once, and again after five minutes; default_inhibit_rules().
[[nodiscard]] Config default_config();

// Whether a text is meant to be such a file, rather than one of rules: it has a `route` or `receivers` at the top.
[[nodiscard]] bool is_config(std::string_view yaml);

// The kinds of receivers that Alertmanager 0.25 knows.
[[nodiscard]] std::span<const std::string_view> alertmanager_receiver_kinds();

// Reads a file in Alertmanager's format, whose receivers are of the kinds given. A file without inhibit_rules gets
// default_inhibit_rules(). Every error of the file in one message, each as "file:line:column: what", source line,
// caret, suggestion. `file` is a name for messages.
[[nodiscard]] Result<Config> load(std::string_view yaml, const std::string& file,
                                  std::span<const std::string_view> receiver_kinds = alertmanager_receiver_kinds());
// The same for a mapping in a file that somebody else reads; what is wrong is told to the reader.
[[nodiscard]] Config read(config::YamlReader& yaml, const YAML::Node& root,
                          std::span<const std::string_view> receiver_kinds);
[[nodiscard]] Result<Config> load_file(
    const std::string& path, std::span<const std::string_view> receiver_kinds = alertmanager_receiver_kinds());

}  // namespace pmon::routing
