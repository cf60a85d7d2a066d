// SPDX-License-Identifier: Apache-2.0
#include "daemon/run.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/daemon_session.h"
#include "daemon/http_host.h"
#include "daemon/open_sinks.h"
#include "daemon/parts.h"
#include "daemon/privileges.h"
#include "http/server.h"
#include "monitor/following.h"
#include "monitor/state_folder.h"
#include "monitor/watch_state.h"

namespace pmon::daemon {

namespace {

constexpr std::chrono::seconds kFarewell(5);

Result<monitor::FileLock> lock_host(const std::string& path) {
  auto lock = monitor::FileLock::try_take(
      path, "is this host's daemon", "stop that one, or give this one a lock, a state and an http.listen of its own");
  if (lock) lock->note(fmt::format("{}\n", getpid()));
  return lock;
}

bool is_low_port(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  int port = 0;
  if (colon != std::string::npos) std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  return port > 0 && port < 1024;
}

void drop(const Configuration& configuration, const Collector& collector, std::vector<Notice>& notices) {
  const auto left = drop_privileges({.collector = &collector,
                                     .written_folders = written_folders(configuration),
                                     .low_ports = std::ranges::any_of(configuration.settings.listen, is_low_port)});
  if (!left) {
    notices.push_back({Notice::Level::kWarning, "privileges_kept", left.error().text()});
    return;
  }
  notices.push_back({Notice::Level::kInfo, "privileges_dropped",
                     fmt::format("capabilities left: {}; for moments: {}",
                                 left->kept.empty() ? "none" : fmt::format("{}", fmt::join(left->kept, ", ")),
                                 left->dormant.empty() ? "none" : fmt::format("{}", fmt::join(left->dormant, ", ")))});
}

}  // namespace

Result<void> run(const Origin& origin, Configuration configuration, Output& output) {
  const Settings& settings = configuration.settings;
  auto lock = lock_host(settings.lock);
  if (!lock) return std::unexpected(lock.error());
  std::optional<monitor::WatchState> state;
  if (!settings.state.empty()) {
    auto opened = monitor::WatchState::open(settings.state);
    if (!opened) return std::unexpected(opened.error());
    state = std::move(*opened);
  }
  monitor::WatchOptions options = watch_options(settings);
  options.duration_ms = origin.duration_ms;
  auto following = monitor::Following::open(options, true);
  if (!following) return std::unexpected(following.error());
  std::unique_ptr<Collector> collector = following->take_collector();
  std::vector<Notice> notices = following->take_notices();
  drop(configuration, *collector, notices);  // before the first thread, for each has its own capabilities

  auto mailbox = Mailbox::open();
  if (!mailbox) return std::unexpected(mailbox.error());
  auto sinks = open_sinks(configuration);
  if (!sinks) return std::unexpected(sinks.error());
  const monitor::SystemClock clock;
  HealthBoard board(first_health(settings, *collector, clock.now()));
  http::Server* served = nullptr;  // once it is there
  DaemonSession session(
      settings.interval_ms, settings.max_series,
      {.pipeline = {std::move(collector), following->take_targets(), configuration.rules, configuration.alerting,
                    std::move(state), std::move(notices)},
       .sinks = std::make_unique<Sinks>(std::move(*sinks)),
       .budget = Budget(limits_of(settings)),
       .reload = [&](DaemonSession& running) { return reload(origin, configuration, running, served); },
       .manager = std::make_unique<Systemd>(),
       .privileged = with_dormant_privileges,
       .configuration = configuration.shown},
      clock, output, **mailbox, board);
  HttpHost host(session, **mailbox, board, clock);
  std::unique_ptr<http::Server> server;
  if (!settings.listen.empty()) {
    auto started = http::Server::start(server_options(settings), host);
    if (!started) return std::unexpected(started.error());
    server = std::move(*started);
    served = server.get();
    session.pipeline().notice(Notice::Level::kInfo, "listening", listening_text(settings, server->port()));
  }
  auto done = following->run(session, options, clock);
  const delivery::Deadline deadline = delivery::Clock::now() + kFarewell;
  (*mailbox)->close();  // whoever still asks is answered, so that the server can stop
  if (server) server->stop();
  session.finish(deadline);
  return done;
}

}  // namespace pmon::daemon
