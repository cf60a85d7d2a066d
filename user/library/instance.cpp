// SPDX-License-Identifier: Apache-2.0
#include "library/instance.h"

#include <cxxabi.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <utility>

#include "daemon/open_sinks.h"
#include "daemon/parts.h"
#include "http/endpoints.h"
#include "library/signals_blocked.h"
#include "monitor/self_usage.h"
#include "monitor/watch_state.h"

namespace pmon::library {

namespace {

constexpr std::chrono::seconds kFarewell(5);

}  // namespace

Instance::Instance(MonitorOptions& options, Setup setup)
    : setup_(std::move(setup)), output_(std::move(options.on_alert), std::move(options.on_notice)) {}

Result<std::shared_ptr<Instance>> Instance::start(MonitorOptions options) {
  auto setup = make_setup(options);
  if (!setup) return std::unexpected(setup.error());
  std::shared_ptr<Instance> instance(new Instance(options, std::move(*setup)));
  const SignalsBlocked blocked;
  if (auto opened = instance->open(); !opened) return std::unexpected(opened.error());
  instance->running_ = true;
  instance->thread_ = std::thread([instance] { instance->run(); });
  return instance;
}

Result<std::optional<monitor::WatchState>> Instance::open_state() const {
  const std::string& folder = setup_.configuration.settings.state;
  if (folder.empty()) return std::nullopt;
  auto opened = monitor::WatchState::open(folder);
  if (!opened) return std::unexpected(opened.error());
  return std::move(*opened);
}

std::vector<Notice> Instance::first_notices(monitor::Following& following) const {
  std::vector<Notice> notices = following.take_notices();
  if (setup_.chose_procfs) {
    for (Notice& notice : notices) notice.level = Notice::Level::kInfo;
  }
  for (const std::string& warning : setup_.configuration.warnings) {
    notices.push_back({Notice::Level::kWarning, "configuration", warning});
  }
  return notices;
}

Result<void> Instance::open() {
  daemon::Configuration& configuration = setup_.configuration;
  const daemon::Settings& settings = configuration.settings;
  stop_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_) return fail_errno(errno, "set up the event loop");
  setup_.watch.stop_fd = stop_.get();
  auto state = open_state();
  if (!state) return std::unexpected(state.error());
  auto following = monitor::Following::open(setup_.watch);
  if (!following) return std::unexpected(following.error());
  following_ = std::move(*following);
  auto mailbox = daemon::Mailbox::open();
  if (!mailbox) return std::unexpected(mailbox.error());
  mailbox_ = std::move(*mailbox);
  auto sinks = daemon::open_sinks(configuration);
  if (!sinks) return std::unexpected(sinks.error());
  std::unique_ptr<Collector> collector = following_->take_collector();
  board_.emplace(daemon::first_health(settings, *collector, clock_.now()));
  session_ = std::make_unique<daemon::DaemonSession>(
      settings.interval_ms, settings.max_series,
      daemon::DaemonSession::Parts{
          .pipeline = {std::move(collector), following_->take_targets(), configuration.rules, configuration.alerting,
                       std::move(*state), first_notices(*following_), monitor::thread_usage},
          .sinks = std::make_unique<daemon::Sinks>(std::move(*sinks)),
          .budget = daemon::Budget(daemon::limits_of(settings)),
          .reload =
              [this](daemon::DaemonSession& running) {
                return daemon::reload(setup_.origin, setup_.configuration, running, server_.get());
              },
          .configuration = configuration.shown,
          .prints_all = true},
      clock_, output_, *mailbox_, *board_);
  output_.complain_to([this](std::string what) {
    session_->pipeline().notice(Notice::Level::kError, "callback_failed", std::move(what));
  });
  return open_server();
}

Result<void> Instance::open_server() {
  const daemon::Settings& settings = setup_.configuration.settings;
  if (settings.listen.empty()) return {};
  host_ = std::make_unique<daemon::HttpHost>(*session_, *mailbox_, *board_, clock_);
  auto started = http::Server::start(daemon::server_options(settings), *host_);
  if (!started) return std::unexpected(started.error());
  server_ = std::move(*started);
  http_port_ = server_->port();
  session_->pipeline().notice(Notice::Level::kInfo, "listening", daemon::listening_text(settings, http_port_));
  return {};
}

void Instance::follow() {
  const auto done = following_->run(*session_, setup_.watch, clock_);
  if (!done) output_.notice(clock_.now().wall, {Notice::Level::kError, "monitor_failed", done.error().text()});
}

void Instance::finish() {
  const delivery::Deadline deadline = delivery::Clock::now() + kFarewell;
  mailbox_->close();  // whoever still asks is answered, so that the server can stop
  if (server_) server_->stop();
  session_->finish(deadline);
}

// UBSan: a forced unwind has no object.
[[gnu::no_sanitize("null")]] void Instance::run() {
  thread_id_ = std::this_thread::get_id();
  pthread_setname_np(pthread_self(), "pmon");
  for (const auto step : {&Instance::follow, &Instance::finish}) {
    try {
      (this->*step)();
    } catch (const std::exception& e) {  // out of memory, most likely: the program must not end of it
      output_.notice(clock_.now().wall, {Notice::Level::kError, "monitor_failed", e.what()});
    } catch (abi::__forced_unwind&) {  // a callback has ended the thread
      over();
      throw;
    }
  }
  output_.complain_to({});
  server_.reset();
  host_.reset();
  session_.reset();
  following_.reset();
  over();
}

void Instance::over() {
  board_->update([](http::Health& health) { health.alive = false; });
  running_ = false;
  thread_id_ = std::thread::id();  // another thread may get it once this one has been joined
}

void Instance::stop() {
  const std::uint64_t one = 1;
  (void)!write(stop_.get(), &one, sizeof one);
  if (in_own_thread()) return;
  const std::scoped_lock lock(joining_);
  if (thread_.joinable()) thread_.join();
}

void Instance::abandon() {
  stop();
  if (in_own_thread()) thread_.detach();
}

std::string Instance::health() const {
  std::string text;
  for (const std::string& piece : http::health_page(daemon::health_of(*board_, clock_)).body) text += piece;
  return text;
}

Result<std::vector<MonitorAlert>> Instance::firing() {
  std::vector<MonitorAlert> alerts;
  for (const http::ActiveAlertView& view : daemon::active_alerts(*session_)) {
    if (view.firing) alerts.push_back(to_alert(view, session_->last_tick().wall));
  }
  return alerts;
}

Result<std::vector<MonitorAlert>> Instance::alerts() {
  if (in_own_thread()) return firing();
  return mailbox_->ask([this]() { return firing(); });
}

}  // namespace pmon::library
