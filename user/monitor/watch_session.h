// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
#include "monitor/session.h"
#include "monitor/targets.h"
#include "monitor/watch.h"

namespace pmon::monitor {

// One `watch` from tick to tick: collect, tell targets from others, run the rules, show and export.
// Time comes from the clock given; nothing here waits. One thread.
class WatchSession final : public Session {
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
  [[nodiscard]] Result<bool> tick() override;
  void service() override { collector_->service(); }
  [[nodiscard]] int wake_fd() const override { return collector_->wake_fd(); }
  // Loads the rule files again; where they are broken, the old rules stay and a notice says so.
  void reload() override;

  [[nodiscard]] bool all_targets_ended() const override { return targets_.all_ended(); }
  // An alert that fires on a process's last sample resolves at the next look.
  [[nodiscard]] bool unsettled() const override { return rules_.firing() > 0; }
  void tell_still_running(std::int32_t pid, const std::string& program) override;
  // At the end, before the summary: what is to be remembered is written down.
  void finish();
  [[nodiscard]] WatchSummary summary() const;

 private:
  [[nodiscard]] bool collect(const Tick& tick);
  void choose_targets();
  void show_processes(const Tick& tick);
  void show_events(const Tick& tick);
  void show_alerts(const Tick& tick, Notification told);
  [[nodiscard]] Evidence evidence(const AlertNotice& alert) const;
  void show_status(const Tick& tick);
  void write_textfile(const Tick& tick);
  void notice(Notice::Level level, std::string code, std::string text);
  void add(std::vector<Notice> notices);

  const WatchOptions& options_;
  const Clock& clock_;
  Output& output_;
  std::unique_ptr<Collector> collector_;
  Targets targets_;
  Groups groups_;
  RuleRunner rules_;
  SeriesLimiter limiter_;
  std::optional<TextfileWriter> textfile_;
  std::optional<WatchState> state_;

  Snapshot snapshot_;
  std::vector<const ProcessSample*> chosen_;  // the targets of this tick, ended ones included
  std::vector<TargetUp> up_;
  std::vector<Notice> notices_;                           // to be shown at this tick
  std::unordered_set<ProcessKey, ProcessKeyHash> known_;  // targets of the last tick

  WatchSummary summary_;
  std::map<std::string, std::uint64_t> fired_;
  Timestamp started_at_ = 0;
  Timestamp last_tick_ = 0;
  double last_cpu_ = 0;           // of all groups
  std::set<std::string> unseen_;  // labels of targets that were told to live unseen
  double collect_seconds_ = 0;
  double evaluation_seconds_ = 0;
  std::uint64_t collect_errors_ = 0;
  bool textfile_failed_ = false;
};

}  // namespace pmon::monitor
