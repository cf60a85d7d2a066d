// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "collect/collector.h"
#include "export/output.h"
#include "export/series_limiter.h"
#include "export/textfile.h"
#include "monitor/clock.h"
#include "monitor/groups.h"
#include "monitor/rule_runner.h"
#include "monitor/targets.h"
#include "monitor/watch.h"

namespace pmon::monitor {

// One `watch` from tick to tick: collect, tell targets from others, run the rules, show and export.
// Time comes from the clock given; nothing here waits. One thread.
class WatchSession {
 public:
  // What a session is made of; all of it outlives the session but what it owns.
  struct Parts {
    std::unique_ptr<Collector> collector;
    Targets targets;
    WatchParts watch;
    std::vector<Notice> notices;  // shown at the first tick
  };
  WatchSession(const WatchOptions& options, Parts parts, const Clock& clock, Output& output);

  // False when nobody reads the output any more.
  [[nodiscard]] Result<bool> tick();
  // Between ticks, when the collector asks for it.
  void service() { collector_->service(); }
  // Loads the rule files again; where they are broken, the old rules stay and a notice says so.
  void reload();

  // At the end: the program that was started goes on without us.
  void tell_still_running(std::int32_t pid, const std::string& program);

  [[nodiscard]] bool all_targets_ended() const { return targets_.all_ended(); }
  [[nodiscard]] std::size_t firing() const { return rules_.firing(); }
  [[nodiscard]] int wake_fd() const { return collector_->wake_fd(); }
  [[nodiscard]] WatchSummary summary() const;

 private:
  [[nodiscard]] bool collect(const Tick& tick);
  void choose_targets();
  void show_processes(const Tick& tick);
  void show_events(const Tick& tick);
  void show_alerts(const Tick& tick, std::vector<AlertNotice> alerts);
  void show_status(const Tick& tick);
  void write_textfile(const Tick& tick);
  void notice(Notice::Level level, std::string code, std::string text);

  const WatchOptions& options_;
  const Clock& clock_;
  Output& output_;
  std::unique_ptr<Collector> collector_;
  Targets targets_;
  Groups groups_;
  RuleRunner rules_;
  SeriesLimiter limiter_;
  std::optional<TextfileWriter> textfile_;

  Snapshot snapshot_;
  std::vector<const ProcessSample*> chosen_;  // the targets of this tick, ended ones included
  std::vector<TargetUp> up_;
  std::vector<Notice> notices_;                           // to be shown at this tick
  std::unordered_set<ProcessKey, ProcessKeyHash> known_;  // targets of the last tick

  WatchSummary summary_;
  std::map<std::string, std::uint64_t> fired_;
  Timestamp started_at_ = 0;
  Timestamp last_tick_ = 0;
  std::optional<double> last_cpu_;  // of all living targets
  double collect_seconds_ = 0;
  double evaluation_seconds_ = 0;
  std::uint64_t collect_errors_ = 0;
  bool textfile_failed_ = false;
};

}  // namespace pmon::monitor
