// SPDX-License-Identifier: Apache-2.0
#include "daemon/open_sinks.h"

#include <filesystem>
#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "export/host_name.h"
#include "routing/config.h"

namespace pmon::daemon {

namespace {

constexpr const char* kSpoolFolder = "spool";
constexpr std::chrono::milliseconds kSinksReloadPatience(500);

std::set<std::string> printed_receivers(const Configuration& configuration) {
  std::set<std::string> printed;
  for (const notify::ReceiverConfig& receiver : configuration.receivers.receivers) {
    if (!receiver.outputs.empty()) printed.insert(receiver.name);
  }
  // Without a file there is one receiver, and it is stdout.
  if (configuration.alerting.source == nullptr) printed.insert(std::string(routing::kStdoutReceiver));
  return printed;
}

// A folder name for a sink, whose own name may hold anything.
std::string folder_of(const std::string& sink) {
  std::string name;
  for (const char c : sink) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    name += plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return name;
}

// Alerts are few and must not get lost: with a state folder every notifier has a spool.
delivery::QueueOptions queue_options(const notify::MadeNotifier& made, const std::string& state) {
  delivery::QueueOptions options;
  options.name = made.name;
  if (made.timeout) options.timeout = *made.timeout;
  if (!state.empty()) options.spool = fmt::format("{}/{}/{}", state, kSpoolFolder, folder_of(made.name));
  return options;
}

// Where others reach this daemon's HTTP; "" where it serves the host itself alone.
std::string external_url(const Configuration& configuration, const std::string& host) {
  for (const std::string& address : configuration.settings.listen) {
    const std::size_t colon = address.rfind(':');
    const std::string own = address.substr(0, colon);
    if (colon == std::string::npos || own.starts_with("127.") || own == "localhost" || own == "[::1]") continue;
    return fmt::format("{}://{}{}", configuration.settings.web_config_file.empty() ? "http" : "https", host,
                       address.substr(colon));
  }
  return "";
}

Result<std::vector<Sinks::Notifier>> open_notifiers(const Configuration& configuration) {
  const std::string host = host_name();
  auto made = notify::make_notifiers(
      configuration.receivers,
      {.host = host, .external_url = external_url(configuration, host), .external_labels = {{"instance", host}}});
  if (!made) return std::unexpected(made.error());
  std::vector<Sinks::Notifier> notifiers;
  for (notify::MadeNotifier& one : *made) {
    auto queue = delivery::Queue::start(std::move(one.destination), queue_options(one, configuration.settings.state));
    if (!queue) return std::unexpected(queue.error());
    notifiers.push_back({one.receiver, std::move(*queue), one.kind == "alertmanager"});
  }
  return notifiers;
}

}  // namespace

std::vector<std::string> written_folders(const Configuration& configuration) {
  std::set<std::string> folders;
  if (!configuration.settings.state.empty()) folders.insert(configuration.settings.state);
  for (const auto& exporter : configuration.exporters) {
    for (const std::string& file : exporter->files()) {
      folders.insert(std::filesystem::absolute(file).parent_path().string());
    }
  }
  return {folders.begin(), folders.end()};
}

Result<void> reload(const Origin& origin, Configuration& in_force, DaemonSession& session, http::Server* server) {
  auto read = load_configuration(origin);
  if (!read) return std::unexpected(read.error());
  std::function<void()> secure_anew = [] {};
  if (server != nullptr) {
    auto web = server->read_web_config();
    if (!web) return std::unexpected(web.error());
    secure_anew = std::move(*web);
  }
  monitor::Pipeline& pipeline = session.pipeline();
  const bool same_sinks = read->export_text == in_force.export_text && read->alerting_text == in_force.alerting_text &&
                          read->export_secrets == in_force.export_secrets &&
                          read->alerting_secrets == in_force.alerting_secrets;
  if (!same_sinks) {
    // A spool belongs to one queue at a time: the old ones end first, as fast as they can; what they leave is spooled.
    session.stop_sinks(delivery::Clock::now() + kSinksReloadPatience);
    auto sinks = open_sinks(*read);
    if (!sinks) {
      auto old = open_sinks(in_force);
      if (old) session.replace_sinks(std::move(*old));
      return std::unexpected(sinks.error());
    }
    session.replace_sinks(std::move(*sinks));
  }
  secure_anew();
  pipeline.replace_rules(read->rules);
  pipeline.route_by(read->alerting);
  session.apply(read->settings);
  session.show(read->shown);
  for (const std::string& warning : read->warnings) {
    pipeline.notice(Notice::Level::kWarning, "configuration", warning);
  }
  if (read->settings.restart_text() != in_force.settings.restart_text()) {
    pipeline.notice(
        Notice::Level::kWarning, "restart_needed",
        "collect.collector, names, units, cgroups, ledger_slots, ring_bytes, http, state and lock are as they "
        "were: they change with a restart");
  }
  in_force = std::move(*read);
  return {};
}

Result<std::unique_ptr<Sinks>> open_sinks(const Configuration& configuration) {
  std::error_code ignored;  // whoever needs a spool says what is wrong with its folder
  if (!configuration.settings.state.empty()) {
    std::filesystem::create_directory(configuration.settings.state + "/" + kSpoolFolder, ignored);
  }
  auto notifiers = open_notifiers(configuration);
  if (!notifiers) return std::unexpected(notifiers.error());
  auto exporters = start_exporters(
      configuration.exporters,
      {host_name(), configuration.settings.state.empty() ? std::nullopt : std::optional(configuration.settings.state)});
  if (!exporters) return std::unexpected(exporters.error());
  return std::make_unique<Sinks>(std::move(*exporters), std::move(*notifiers), printed_receivers(configuration));
}

}  // namespace pmon::daemon
