// SPDX-License-Identifier: Apache-2.0
#include "notify/exec.h"

#include <sysexits.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "notify/notification_json.h"
#include "notify/notification_parts.h"
#include "notify/run_program.h"
#include "notify/text.h"
#include "pmon/environment.h"
#include "pmon/errno_text.h"

namespace pmon::notify {
namespace {

using delivery::Outcome;

// The kernel takes no longer string (MAX_ARG_STRLEN is 128 KiB), and all of them together have a limit, too; the
// notification on the standard input has everything.
constexpr std::size_t kLongestValue = std::size_t{8} * 1024;

std::string variable(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  for (const char c : name) {
    out += std::isalnum(static_cast<unsigned char>(c)) != 0
               ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
               : '_';
  }
  return out;
}

}  // namespace

std::vector<std::string> exec_environment(const Notification& notification, const ExecOptions& options,
                                          const Surroundings& surroundings) {
  std::map<std::string, std::string> variables;
  for (const char* name : {"PATH", "HOME", "LANG", "TZ"}) {
    if (const auto value = environment(name)) variables[name] = *value;
  }
  const auto firing = static_cast<std::size_t>(std::ranges::count_if(notification.alerts, is_firing));
  variables["PMON_HOST"] = surroundings.host;
  variables["PMON_RECEIVER"] = notification.receiver;
  variables["PMON_STATUS"] = status_of(notification);
  variables["PMON_GROUP_KEY"] = notification.group_key;
  variables["PMON_ALERTS"] = std::to_string(notification.alerts.size());
  variables["PMON_FIRING"] = std::to_string(firing);
  variables["PMON_RESOLVED"] = std::to_string(notification.alerts.size() - firing);
  for (const auto& [name, value] : notification.common_labels) variables[variable("PMON_LABEL_", name)] = value;
  for (const auto& [name, value] : notification.common_annotations) {
    variables[variable("PMON_ANNOTATION_", name)] = value;
  }
  for (const auto& [name, value] : options.environment) variables[name] = value;

  std::vector<std::string> out;
  for (auto& [name, value] : variables) {
    std::ranges::replace(value, '\0', ' ');
    if (value.size() <= kLongestValue) out.push_back(fmt::format("{}={}", name, value));
  }
  return out;
}

ExecNotifier::ExecNotifier(ExecOptions options, const Surroundings& surroundings)
    : options_(std::move(options)), surroundings_(surroundings) {}

Outcome ExecNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  const std::string input = to_json(notification, surroundings_.external_url);
  const auto until = std::min(deadline, delivery::Clock::now() + options_.timeout);
  const ProgramEnd end =
      run_program(options_.command, exec_environment(notification, options_, surroundings_), input, until);
  const std::string tail = end.output.empty() ? "" : ": " + one_line(end.output);
  const std::string& program = options_.command.front();
  switch (end.kind) {
    case ProgramEnd::Kind::kNotStarted: {
      const std::string what = fmt::format("start {}: {}", program, errno_text(end.number));
      const bool may_pass = end.number == EAGAIN || end.number == ENOMEM || end.number == EMFILE ||
                            end.number == ENFILE || end.number == ETXTBSY;
      return may_pass ? Outcome::retry(what) : Outcome::rejected(what);
    }
    case ProgramEnd::Kind::kTimedOut:
      return Outcome::retry(fmt::format("{}: killed at its time limit{}", program, tail));
    case ProgramEnd::Kind::kInterrupted:
      return Outcome::retry(fmt::format("{}: killed, for the queue ends{}", program, tail));
    case ProgramEnd::Kind::kSignal:
      return Outcome::rejected(fmt::format("{}: ended by signal {}{}", program, end.number, tail));
    case ProgramEnd::Kind::kExit: break;
  }
  if (end.number == EXIT_SUCCESS) return Outcome::delivered();
  const std::string what = fmt::format("{}: exit status {}{}", program, end.number, tail);
  return end.number == EX_TEMPFAIL ? Outcome::retry(what) : Outcome::rejected(what);
}

MakeNotifier read_exec(SectionReader& section, const YAML::Node& node) {
  constexpr std::array<std::string_view, 3> kKeys = {"command", "timeout", "env"};
  ExecOptions options;
  config::YamlReader& yaml = section.yaml();
  section.keys(node, kKeys, [&](const std::string& key, const YAML::Node& value) {
    if (key == "command" && value.IsScalar()) {
      yaml.error(value, "'command' must be a list, for there is no shell: [/path/of/program, word, word]");
    } else if (key == "command") {
      options.command = section.texts(value, key);
      if (!options.command.empty() && !options.command.front().starts_with('/')) {
        yaml.error(value, fmt::format("'command': '{}' must be a whole path, such as /usr/local/bin/page",
                                      options.command.front()));
      }
    }
    if (key == "timeout") options.timeout = std::chrono::milliseconds(yaml.duration(value, key, false));
    if (key == "env") {
      yaml.each_key(value, {}, "'env'", [&](const std::string& name, const YAML::Node& text) {
        if (!config::is_label_name(name)) yaml.error(text, fmt::format("'{}' is no name of a variable", name));
        options.environment[name] = yaml.secret(text, name).reveal();
      });
    }
  });
  section.need_one_of(node, {"command"});
  if (node.IsMap() && node["command"].IsSequence() && options.command.empty()) {
    yaml.error(node["command"], "'command' is empty");
  }
  section.set_timeout(options.timeout + std::chrono::seconds(1));
  return [options](const Surroundings& surroundings) { return std::make_unique<ExecNotifier>(options, surroundings); };
}

}  // namespace pmon::notify
