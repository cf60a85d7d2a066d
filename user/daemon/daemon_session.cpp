// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon_session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "export/host_metrics.h"
#include "export/sink_metrics.h"

namespace pmon::daemon {

namespace {

constexpr Timestamp kLongerInterval = 4;  // times as long, when the budget is short
constexpr Timestamp kLongestSpared = 3'600'000;
constexpr std::chrono::milliseconds kForRemovedSinks(500);  // to send what waits there, while no tick comes

}  // namespace

DaemonSession::DaemonSession(Timestamp interval_ms, std::size_t max_series, Parts parts, const monitor::Clock& clock,
                             Output& output, Mailbox& mailbox, HealthBoard& board)
    : interval_ms_(interval_ms),
      max_series_(max_series),
      clock_(clock),
      output_(output),
      mailbox_(mailbox),
      board_(board),
      pipeline_(interval_ms, max_series, std::move(parts.pipeline), clock),
      sinks_(std::move(parts.sinks)),
      budget_(parts.budget),
      reload_(std::move(parts.reload)),
      manager_(std::move(parts.manager)),
      privileged_(std::move(parts.privileged)),
      configuration_(std::move(parts.configuration)),
      prints_all_(parts.prints_all) {}

void DaemonSession::service() {
  pipeline_.collector().service();
  mailbox_.serve();
}

Timestamp DaemonSession::interval_ms() const {
  if (budget_.level() < Level::kLongerInterval) return interval_ms_;
  return std::min(interval_ms_ * kLongerInterval, std::max(kLongestSpared, interval_ms_));
}

void DaemonSession::tell_notice(Timestamp wall, const Notice& notice) {
  output_.notice(wall, notice);
  for (const auto& exporter : sinks_->exporters()) exporter->notice(wall, notice);
}

void DaemonSession::tell_alerts(const monitor::Pipeline::Look& look) {
  for (const Notification& notification : look.notifications) {
    const bool printed = sinks_->notify(notification) || prints_all_;
    for (AlertNotice alert : notification.alerts) {
      alert.receiver = notification.receiver;
      const Evidence evidence = pipeline_.evidence(alert);
      if (printed) output_.alert(alert, evidence);
      for (const auto& exporter : sinks_->exporters()) exporter->alert(alert, evidence);
    }
  }
}

void DaemonSession::tell_exporters(const monitor::Pipeline::Look& look) {
  const auto exporters = sinks_->exporters();
  if (exporters.empty()) return;
  const Timestamp wall = look.tick.wall;
  if (look.seen) {
    for (const LifecycleEvent& event : pipeline_.snapshot().events) {
      for (const auto& exporter : exporters) exporter->event(wall, event);
    }
    for (const ProcessSample* process : pipeline_.processes()) {
      if (!process->exit) continue;
      for (const auto& exporter : exporters) exporter->exit(wall, *process);
    }
    const auto wants = [](const auto& exporter) { return exporter->wants_metrics(); };
    if (std::ranges::any_of(exporters, wants)) {
      const std::vector<exposition::Family> all = families();
      for (const auto& exporter : exporters) {
        if (wants(exporter)) exporter->metrics(wall, all);
      }
    }
  }
  for (const auto& exporter : exporters) exporter->flush(wall);
}

std::vector<exposition::Family> DaemonSession::families() {
  std::vector<exposition::Family> families = pipeline_.families();
  std::ranges::move(self_families(pipeline_.self()), std::back_inserter(families));
  std::ranges::move(sink_families(sinks_->statuses()), std::back_inserter(families));
  return families;
}

void DaemonSession::keep_budget(const Tick& tick) {
  monitor::SelfUsage use = pipeline_.usage();
  if (budget_.judges_at(tick.now) && use.resident_bytes > budget_.roomy_memory_bytes()) {
    monitor::give_back_freed_memory();
    use = pipeline_.usage();
  }
  const auto step = budget_.update({tick.now, use.cpu_seconds, use.resident_bytes});
  if (!step) return;
  pipeline_.set_max_series(step->level >= Level::kFewerSeries ? 0 : max_series_);
  privileged_([&] { pipeline_.collector().set_detail(step->level < Level::kFewerHooks); });
  pipeline_.set_interval(interval_ms());
  manager_->interval_changed(interval_ms());
  pipeline_.notice(step->notice.level, step->notice.code, step->notice.text);
}

void DaemonSession::post_health(const monitor::Pipeline::Look& look) {
  std::vector<delivery::QueueStatus> sinks = sinks_->statuses();
  board_.update([&](http::Health& health) {
    health.interval_ms = interval_ms();
    if (look.seen) health.last_collection = look.tick.wall;
    if (look.seen)
      health.age_seconds = static_cast<double>(look.tick.boottime_ns) / 1e9;  // when; get() makes it an age
    health.ready = health.ready || look.seen;
    health.level = name_of(budget_.level());
    health.sinks = std::move(sinks);
  });
}

Result<bool> DaemonSession::tick() {
  if (const std::uint64_t lost = output_.take_lost_lines(); lost != 0) {
    pipeline_.notice(Notice::Level::kWarning, "output_lost",
                     fmt::format("whoever reads pmon's output was too slow: {} lines were left out", lost));
  }
  const monitor::Pipeline::Look look = pipeline_.look();
  last_ = look.tick;
  for (const Notice& notice : look.notices) tell_notice(look.tick.wall, notice);
  for (const Notice& notice : sinks_->take_notices(look.tick.now)) tell_notice(look.tick.wall, notice);
  if (sinks_->want_reminders()) sinks_->remind(pipeline_.standing());
  tell_alerts(look);
  tell_exporters(look);
  keep_budget(look.tick);
  post_health(look);
  const auto reader = output_.flush();
  if (!reader) return std::unexpected(reader.error());
  pipeline_.told(look);
  if (++ticks_ == 1) {
    manager_->ready(interval_ms());
  } else {
    manager_->alive(fmt::format("{} processes, {} alerts firing, level {}", pipeline_.processes().size(),
                                pipeline_.rules().firing(), name_of(budget_.level()))
                        .c_str());
  }
  // A daemon whose stdout nobody reads any more goes on for all others.
  return true;
}

Result<void> DaemonSession::try_reload() {
  manager_->reloading();
  auto done = reload_(*this);
  pipeline_.notice(done ? Notice::Level::kInfo : Notice::Level::kError, done ? "reloaded" : "reload_failed",
                   done ? "the configuration was read again" : "what is in force stays: " + done.error().text());
  manager_->ready(interval_ms());
  return done;
}

void DaemonSession::apply(const Settings& settings) {
  interval_ms_ = settings.interval_ms;
  pipeline_.set_interval(interval_ms());
  max_series_ = settings.max_series;
  if (budget_.level() < Level::kFewerSeries) pipeline_.set_max_series(max_series_);
  budget_.set_limits(limits_of(settings));
}

void DaemonSession::change_sinks(OpenedSinks changed) {
  const delivery::Deadline deadline = delivery::Clock::now() + kForRemovedSinks;
  for (const Notice& notice : sinks_->change(std::move(changed), last_.wall, deadline)) {
    pipeline_.notice(notice.level, notice.code, notice.text);
  }
}

void DaemonSession::reload() { (void)try_reload(); }

void DaemonSession::finish(delivery::Deadline deadline) {
  manager_->stopping();
  mailbox_.close();
  const Timestamp wall = clock_.now().wall;
  for (const Notice& notice : pipeline_.finish()) tell_notice(wall, notice);
  sinks_->stop(wall, deadline);
  for (const Notice& notice : sinks_->take_notices(last_.now, true)) output_.notice(wall, notice);
}

}  // namespace pmon::daemon
