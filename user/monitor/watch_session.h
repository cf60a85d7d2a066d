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
#include "export/textfile.h"
#include "monitor/clock.h"
#include "monitor/pipeline.h"
#include "monitor/session.h"
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
  void service() override { pipeline_.collector().service(); }
  [[nodiscard]] std::vector<int> wake_fds() const override { return {pipeline_.collector().wake_fd()}; }
  // Loads the rule files again; where they are broken, the old rules stay and a notice says so.
  void reload() override;

  [[nodiscard]] bool all_targets_ended() const override { return pipeline_.targets().all_ended(); }
  // An alert that fires on a process's last sample resolves at the next look.
  [[nodiscard]] bool unsettled() const override { return pipeline_.rules().firing() > 0; }
  void tell_still_running(std::int32_t pid, const std::string& program) override;
  // At the end, before the summary: what is to be remembered is written down.
  void finish();
  [[nodiscard]] WatchSummary summary() const;

 private:
  void show_processes(const Tick& tick);
  void show_events(const Tick& tick);
  void show_alerts(Notification told);
  void show_status(const Tick& tick);
  void write_textfile(const Tick& tick);

  const WatchOptions& options_;
  const Clock& clock_;
  Output& output_;
  Pipeline pipeline_;
  std::optional<TextfileWriter> textfile_;
  std::unordered_set<ProcessKey, ProcessKeyHash> known_;  // targets of the last tick

  WatchSummary summary_;
  std::map<std::string, std::uint64_t> fired_;
  Timestamp started_at_ = 0;
  Timestamp last_tick_ = 0;
  double last_cpu_ = 0;  // of all groups
  bool textfile_failed_ = false;
};

}  // namespace pmon::monitor
