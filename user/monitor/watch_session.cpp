// SPDX-License-Identifier: Apache-2.0
#include "monitor/watch_session.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "monitor/evidence.h"
#include "monitor/rule_files.h"
#include "monitor/self_metrics.h"
#include "monitor/self_usage.h"

namespace pmon::monitor {

namespace {

// Measures the CPU-independent length of a step for the monitor's own metrics; nothing is decided by it.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

WatchSession::WatchSession(const WatchOptions& options, Parts parts, const Clock& clock, Output& output)
    : options_(options),
      clock_(clock),
      output_(output),
      collector_(std::move(parts.collector)),
      targets_(std::move(parts.targets)),
      rules_(std::move(parts.watch.rules), options.interval_ms, [&clock] { return clock.now().boottime_ns; }),
      limiter_(options.max_series),
      textfile_(std::move(parts.watch.textfile)),
      state_(std::move(parts.watch.state)),
      notices_(std::move(parts.notices)) {
  add(rules_.limitations(collector_->capabilities()));
  if (parts.watch.alerting) rules_.route_by(std::move(*parts.watch.alerting));
  if (state_) add(state_->begin(clock.now(), rules_));
}

void WatchSession::add(std::vector<Notice> notices) { std::ranges::move(notices, std::back_inserter(notices_)); }

void WatchSession::notice(Notice::Level level, std::string code, std::string text) {
  notices_.push_back({level, std::move(code), std::move(text)});
}

bool WatchSession::collect(const Tick& tick) {
  const Stopwatch watch;
  const auto collected = collector_->collect(tick, snapshot_);
  collect_seconds_ = watch.seconds();
  if (collected) return true;
  ++collect_errors_;
  notice(Notice::Level::kError, "collect_failed", collected.error().text());
  snapshot_.processes.clear();
  snapshot_.events.clear();
  return false;
}

void WatchSession::choose_targets() {
  const std::vector<TargetNumber>& numbers = targets_.update(snapshot_);
  chosen_.clear();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != 0) chosen_.push_back(&snapshot_.processes[i]);
  }
  up_.clear();
  for (const DeclaredTarget& target : targets_.declared()) {
    if (target.expected) up_.push_back({{{"target", target.label}}, target.up});
    if (target.expected || target.seen || !unseen_.insert(target.label).second) continue;
    notice(Notice::Level::kWarning, "target_unseen",
           target.label +
               " lives, but is not among the processes that the kernel tells of: it is watched as soon as "
               "it is (is there another warning? 'pmon doctor' tells what this host allows)");
  }
  if (targets_.changed()) collector_->watch(targets_.to_watch(snapshot_));
}

void WatchSession::show_processes(const Tick& tick) {
  std::unordered_set<ProcessKey, ProcessKeyHash> seen;
  for (const ProcessSample* process : chosen_) {
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
  if (snapshot_.events.empty()) return;
  std::unordered_set<ProcessKey, ProcessKeyHash> concerned = known_;
  for (const ProcessSample* process : chosen_) concerned.insert(process->key);
  const auto concerns = [&](const ProcessKey& key) {
    if (key.start_ticks != 0) return concerned.contains(key);
    // The kernel told the pid alone.
    return std::ranges::any_of(concerned, [&](const ProcessKey& known) { return known.pid == key.pid; });
  };
  for (const LifecycleEvent& event : snapshot_.events) {
    const bool wanted = options_.lifecycle || event.kind == LifecycleEvent::Kind::kOomKill;
    if (wanted && concerns(event.key)) output_.event(tick.wall, event);
  }
}

void WatchSession::show_alerts(const Tick& tick, Notification told) {
  for (AlertNotice& alert : told.alerts) {
    if (options_.alerting_file) alert.receiver = told.receiver;
    // The engine's time is even; people read the clock on the wall.
    alert.time += tick.wall - tick.now;
    alert.active_since += tick.wall - tick.now;
    if (alert.reason == "fired") {
      ++summary_.alerts_fired;
      ++fired_[std::string(alert.labels.get("alertname"))];
    }
    output_.alert(alert, evidence(alert));
  }
}

// The past is what the rules keep; the present is all that was measured.
Evidence WatchSession::evidence(const AlertNotice& alert) const {
  Evidence evidence = evidence_of(rules_.store(), alert.labels);
  const std::optional<std::int32_t> pid = pid_of(alert.labels);
  if (!pid) return evidence;
  const auto process =
      std::ranges::find_if(chosen_, [&](const ProcessSample* candidate) { return candidate->key.pid == *pid; });
  if (process == chosen_.end()) return evidence;
  if (evidence.empty()) evidence.emplace_back();
  evidence.back() = {alert.time, (*process)->metrics};
  return evidence;
}

void WatchSession::show_status(const Tick& tick) {
  WatchStatus status;
  status.elapsed_seconds = static_cast<double>(tick.now - started_at_) / 1000;
  status.waiting = targets_.down_targets().size();
  status.alerts_firing = rules_.firing();
  double threads = 0;
  double resident = 0;
  for (const ProcessSample* process : chosen_) {
    if (process->exit) continue;
    ++status.targets;
    threads += process->metrics.get(Metric::kTHREADS).value_or(0);
    resident += process->metrics.get(Metric::kRESIDENT).value_or(0);
  }
  // Groups have what the dead have used, and nothing from before a process became a target.
  double cpu = 0;
  for (const GroupRow& group : groups_.rows()) cpu += group.totals.get(Metric::kCPU).value_or(0);
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
  std::vector<ProcessSample> targets;
  targets.reserve(chosen_.size());
  for (const ProcessSample* process : chosen_) targets.push_back(*process);
  // All of a watch's processes are targets; beyond the limit only the largest have series of their own.
  const SelectedProcesses selected =
      limiter_.select(targets, [&](const ProcessSample& process) { return rules_.alerting(process); });
  std::vector<exposition::Family> families = process_families(selected, up_);
  std::ranges::move(group_families(groups_.rows()), std::back_inserter(families));
  SelfMetrics self = self_metrics(*collector_);
  self.collect_seconds = collect_seconds_;
  self.evaluation_seconds = evaluation_seconds_;
  self.losses = snapshot_.losses;
  self.collect_errors = collect_errors_;
  std::ranges::move(self_families(self), std::back_inserter(families));
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
  const Tick tick = clock_.now();
  if (summary_.ticks == 0) started_at_ = tick.now;
  ++summary_.ticks;
  const bool seen = collect(tick);
  if (seen) {
    choose_targets();
    groups_.update(chosen_);
  }
  for (Notice& told : snapshot_.notices) notices_.push_back(std::move(told));
  snapshot_.notices.clear();

  if (state_) add(state_->refresh_silences());
  const Stopwatch watch;
  RuleOutput rules = rules_.run({.time = tick.now,
                                 .wall = tick.wall,
                                 .processes = chosen_,
                                 .targets = up_,
                                 .groups = groups_.rows(),
                                 .losses = snapshot_.losses,
                                 .collect_errors = collect_errors_,
                                 .blind = !seen,
                                 .silenced = state_ ? state_->silenced(tick) : routing::Silenced()});
  evaluation_seconds_ = watch.seconds();
  if (const std::uint64_t lost = output_.take_lost_lines(); lost != 0) {
    notice(Notice::Level::kWarning, "output_lost",
           fmt::format("whoever reads pmon's output was too slow: {} lines were left out", lost));
  }
  for (const Notice& told : notices_) output_.notice(tick.wall, told);
  for (const Notice& told : rules.notices) output_.notice(tick.wall, told);
  notices_.clear();
  if (seen) {
    show_events(tick);
    show_processes(tick);
  }
  for (Notification& told : rules.notifications) show_alerts(tick, std::move(told));
  if (seen) write_textfile(tick);
  show_status(tick);
  last_tick_ = tick.now;
  if (summary_.ticks == 1) summary_.own_start_cpu_seconds = self_usage().cpu_seconds;
  const auto reader = output_.flush();
  if (!reader) return std::unexpected(reader.error());
  // Behind the telling: a crash in between tells an alert twice rather than never.
  if (state_) add(state_->after_tick(tick, rules_, !rules.notifications.empty()));
  return *reader == Output::Reader::kListening;
}

void WatchSession::finish() {
  if (!state_) return;
  const Tick tick = clock_.now();
  for (const Notice& told : state_->finish(tick, rules_)) output_.notice(tick.wall, told);
}

void WatchSession::reload() {
  const auto failed = [this](const Error& error) {
    notice(Notice::Level::kError, "reload_failed", "what is in force stays: " + error.text());
  };
  auto groups = load_rules(options_.default_rules, options_.rule_files);
  if (!groups) return failed(groups.error());
  if (options_.alerting_file) {
    auto alerting = routing::load_file(*options_.alerting_file);
    if (!alerting) return failed(alerting.error());
    rules_.route_by(std::move(*alerting));
  }
  rules_.replace_rules(std::move(*groups));
  notice(Notice::Level::kInfo, "reloaded", "the rule and alerting files were read again");
  add(rules_.limitations(collector_->capabilities()));
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
  summary.losses = snapshot_.losses;
  summary.own_cpu_seconds = own.cpu_seconds;
  summary.own_peak_rss_bytes = own.peak_bytes;
  return summary;
}

}  // namespace pmon::monitor
