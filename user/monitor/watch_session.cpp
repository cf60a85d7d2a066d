// SPDX-License-Identifier: Apache-2.0
#include "monitor/watch_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "monitor/rule_files.h"
#include "monitor/self_usage.h"

namespace pmon::monitor {

WatchSession::WatchSession(const WatchOptions& options, Parts parts, const Clock& clock, Output& output)
    : options_(options),
      clock_(clock),
      output_(output),
      pipeline_(options.interval_ms, options.max_series,
                {std::move(parts.collector), std::move(parts.targets), std::move(parts.watch.rules),
                 std::move(parts.watch.alerting), std::move(parts.watch.state), std::move(parts.notices)},
                clock),
      textfile_(std::move(parts.watch.textfile)) {}

void WatchSession::show_processes(const Tick& tick) {
  std::unordered_set<ProcessKey, ProcessKeyHash> seen;
  for (const ProcessSample* process : pipeline_.processes()) {
    const bool is_new = !known_.contains(process->key);
    summary_.processes_seen += is_new ? 1 : 0;
    if (process->exit) {
      ++summary_.exits_seen;
      if (options_.lifecycle) output_.exit(tick.wall, *process);
      continue;
    }
    seen.insert(process->key);
    if (!options_.samples) continue;
    const std::optional<double> interval =
        is_new ? std::nullopt : std::optional(static_cast<double>(tick.now - last_tick_) / 1000);
    output_.sample(tick.wall, *process, interval);
  }
  known_ = std::move(seen);
}

// Events of targets; those of a process that has ended by now come before its exit line.
void WatchSession::show_events(const Tick& tick) {
  if (pipeline_.snapshot().events.empty()) return;
  std::unordered_set<ProcessKey, ProcessKeyHash> concerned = known_;
  for (const ProcessSample* process : pipeline_.processes()) concerned.insert(process->key);
  const auto concerns = [&](const ProcessKey& key) {
    if (key.start_ticks != 0) return concerned.contains(key);
    // The kernel told the pid alone.
    return std::ranges::any_of(concerned, [&](const ProcessKey& known) { return known.pid == key.pid; });
  };
  for (const LifecycleEvent& event : pipeline_.snapshot().events) {
    const bool wanted = options_.lifecycle || event.kind == LifecycleEvent::Kind::kOomKill;
    if (wanted && concerns(event.key)) output_.event(tick.wall, event);
  }
}

void WatchSession::show_alerts(Notification told) {
  for (AlertNotice& alert : told.alerts) {
    if (options_.alerting_file) alert.receiver = told.receiver;
    if (alert.reason == "fired") {
      ++summary_.alerts_fired;
      ++fired_[std::string(alert.labels.get("alertname"))];
    }
    output_.alert(alert, pipeline_.evidence(alert));
  }
}

void WatchSession::show_status(const Tick& tick) {
  WatchStatus status;
  status.elapsed_seconds = static_cast<double>(tick.now - started_at_) / 1000;
  status.waiting = pipeline_.targets().down_targets().size();
  status.alerts_firing = pipeline_.rules().firing();
  double threads = 0;
  double resident = 0;
  for (const ProcessSample* process : pipeline_.processes()) {
    if (process->exit) continue;
    ++status.targets;
    threads += process->metrics.get(Metric::kTHREADS).value_or(0);
    resident += process->metrics.get(Metric::kRESIDENT).value_or(0);
  }
  // Groups have what the dead have used, and nothing from before a process became a target.
  double cpu = 0;
  for (const GroupRow& group : pipeline_.groups()) cpu += group.totals.get(Metric::kCPU).value_or(0);
  if (status.targets > 0) {
    status.threads = threads;
    status.resident_bytes = resident;
    if (summary_.ticks > 1) status.cpu_cores = (cpu - last_cpu_) * 1000 / static_cast<double>(tick.now - last_tick_);
  }
  last_cpu_ = cpu;
  output_.status(status);
}

void WatchSession::write_textfile(const Tick& tick) {
  if (!textfile_) return;
  std::vector<exposition::Family> families = pipeline_.families();
  std::ranges::move(self_families(pipeline_.self()), std::back_inserter(families));
  const auto written = textfile_->write(exposition::text(families));
  if (!written && !textfile_failed_) {
    output_.notice(tick.wall,
                   {Notice::Level::kError, "textfile_failed", written.error().text() + "; every tick tries again"});
  } else if (written && textfile_failed_) {
    output_.notice(tick.wall, {Notice::Level::kInfo, "textfile_works", "the textfile is written again"});
  }
  textfile_failed_ = !written;
}

Result<bool> WatchSession::tick() {
  if (const std::uint64_t lost = output_.take_lost_lines(); lost != 0) {
    pipeline_.notice(Notice::Level::kWarning, "output_lost",
                     fmt::format("whoever reads pmon's output was too slow: {} lines were left out", lost));
  }
  const Pipeline::Look look = pipeline_.look();
  const Tick& tick = look.tick;
  if (summary_.ticks == 0) started_at_ = tick.now;
  ++summary_.ticks;
  for (const Notice& told : look.notices) output_.notice(tick.wall, told);
  if (look.seen) {
    show_events(tick);
    show_processes(tick);
  }
  for (const Notification& told : look.notifications) show_alerts(told);
  if (look.seen) write_textfile(tick);
  show_status(tick);
  last_tick_ = tick.now;
  if (summary_.ticks == 1) summary_.own_start_cpu_seconds = self_usage().cpu_seconds;
  const auto reader = output_.flush();
  if (!reader) return std::unexpected(reader.error());
  pipeline_.told(look);
  return *reader == Output::Reader::kListening;
}

void WatchSession::finish() {
  const Timestamp now = clock_.now().wall;
  for (const Notice& told : pipeline_.finish()) output_.notice(now, told);
}

void WatchSession::reload() {
  const auto failed = [this](const Error& error) {
    pipeline_.notice(Notice::Level::kError, "reload_failed", "what is in force stays: " + error.text());
  };
  auto groups = load_rules(options_.default_rules, options_.rule_files);
  if (!groups) return failed(groups.error());
  if (options_.alerting_file) {
    auto alerting = routing::load_file(*options_.alerting_file);
    if (!alerting) return failed(alerting.error());
    pipeline_.route_by(std::move(*alerting));
  }
  pipeline_.notice(Notice::Level::kInfo, "reloaded", "the rule and alerting files were read again");
  pipeline_.replace_rules(std::move(*groups));
}

void WatchSession::tell_still_running(std::int32_t pid, const std::string& program) {
  output_.notice(clock_.now().wall, {Notice::Level::kInfo, "command_runs_on",
                                     fmt::format("{} (pid {}) runs on, no longer watched", program, pid)});
}

WatchSummary WatchSession::summary() const {
  WatchSummary summary = summary_;
  const SelfUsage own = self_usage();
  const Tick now = clock_.now();
  summary.time = now.wall;
  summary.elapsed_seconds = static_cast<double>(now.now - started_at_) / 1000;
  summary.alerts_by_name.assign(fired_.begin(), fired_.end());
  summary.losses = pipeline_.losses();
  summary.own_cpu_seconds = own.cpu_seconds;
  summary.own_peak_rss_bytes = own.peak_bytes;
  return summary;
}

}  // namespace pmon::monitor
