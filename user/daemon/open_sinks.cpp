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
delivery::QueueOptions queue_options(const notify::NotifierConfig& config, const std::string& state,
                                     const OpenedSinks::Notifying* before) {
  delivery::QueueOptions options;
  options.name = config.name;
  if (config.timeout) options.timeout = *config.timeout;
  if (!state.empty()) options.spool = fmt::format("{}/{}/{}", state, kSpoolFolder, folder_of(config.name));
  if (before != nullptr) options.succeeds = before->queue.get();
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

// Appends to `opened`. `running` as open_sinks()'s.
Result<void> open_notifiers(const Configuration& configuration, const Sinks* running, OpenedSinks& opened) {
  const std::string host = host_name();
  const notify::Surroundings surroundings{
      .host = host, .external_url = external_url(configuration, host), .external_labels = {{"instance", host}}};
  for (const notify::ReceiverConfig& receiver : configuration.receivers.receivers) {
    for (const notify::NotifierConfig& config : receiver.notifiers) {
      OpenedSinks::Notifying& next = opened.notifiers.emplace_back();
      next.name = config.name;
      next.identity = config.identity;
      next.receiver = receiver.name;
      next.forgets = config.kind == "alertmanager";
      const auto* const before = running == nullptr ? nullptr : running->notifier(config.name);
      if (before != nullptr && before->identity == config.identity) continue;
      auto destination = notify::make_destination(config, surroundings);
      if (!destination) return std::unexpected(destination.error());
      auto queue =
          delivery::Queue::start(std::move(*destination), queue_options(config, configuration.settings.state, before));
      if (!queue) return std::unexpected(queue.error());
      next.queue = std::move(*queue);
    }
  }
  return {};
}

Result<void> open_exporters(const Configuration& configuration, const Sinks* running, OpenedSinks& opened) {
  ExportSurroundings surroundings{.host = host_name()};
  if (const std::string& state = configuration.settings.state; !state.empty()) surroundings.state_folder = state;
  if (running != nullptr) surroundings.written = running->files();
  for (const auto& config : configuration.exporters) {
    OpenedSinks::Exporting& next = opened.exporters.emplace_back();
    next.name = config->name;
    next.kind = config->kind;
    next.identity = config->identity;
    next.files = config->files();
    const auto* const before = running == nullptr ? nullptr : running->exporter(config->name);
    if (before != nullptr && before->identity == config->identity) continue;
    if (before != nullptr && before->kind != config->kind) {
      return fail(
          ErrorKind::kUsage,
          fmt::format("sink '{}' is of kind {} and cannot become one of kind {}: what waits in it is of no use there",
                      config->name, before->kind, config->kind),
          "give it another name");
    }
    surroundings.succeeds = before == nullptr ? nullptr : &before->exporter->queue();
    auto exporter = config->start(surroundings);
    if (!exporter) return std::unexpected(exporter.error());
    next.exporter = std::move(*exporter);
  }
  return {};
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
  const bool needs_restart = read->settings.needs_restart_after(in_force.settings);
  read->settings.keep_until_restart(in_force.settings);
  auto sinks = open_sinks(*read, &session.sinks());
  if (!sinks) {
    Error error = sinks.error();
    if (needs_restart && error.remedy.empty()) error.remedy = "what only a restart changes is as it was: restart pmon";
    return std::unexpected(std::move(error));
  }
  // From here on nothing fails.
  session.change_sinks(std::move(*sinks));
  secure_anew();
  pipeline.replace_rules(read->rules);
  pipeline.route_by(read->alerting);
  session.apply(read->settings);
  session.show(read->shown);
  for (const std::string& warning : read->warnings) {
    pipeline.notice(Notice::Level::kWarning, "configuration", warning);
  }
  if (needs_restart) {
    pipeline.notice(
        Notice::Level::kWarning, "restart_needed",
        "collect.collector, names, units, cgroups, ledger_slots, ring_bytes, http, state and lock are as they "
        "were: they change with a restart");
  }
  in_force = std::move(*read);
  return {};
}

Result<OpenedSinks> open_sinks(const Configuration& configuration, const Sinks* running) {
  std::error_code ignored;  // whoever needs a spool says what is wrong with its folder
  if (!configuration.settings.state.empty()) {
    std::filesystem::create_directory(configuration.settings.state + "/" + kSpoolFolder, ignored);
  }
  OpenedSinks opened{.exporters = {}, .notifiers = {}, .printed_receivers = printed_receivers(configuration)};
  if (auto done = open_notifiers(configuration, running, opened); !done) return std::unexpected(done.error());
  if (auto done = open_exporters(configuration, running, opened); !done) return std::unexpected(done.error());
  return opened;
}

}  // namespace pmon::daemon
