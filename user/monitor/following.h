// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "collect/collector.h"
#include "monitor/clock.h"
#include "monitor/command.h"
#include "monitor/event_loop.h"
#include "monitor/session.h"
#include "monitor/targets.h"
#include "monitor/watch_options.h"
#include "pmon/result.h"

namespace pmon::monitor {

// The course of a `watch` or a `record`, from the start of a command to the end of all targets. First what a session
// is made of is opened, then the session runs.
class Following {
 public:
  // Errors are kUsage (no such target, no such command) or kUnsupported (collector). `everything`: all processes of the
  // host are targets.
  [[nodiscard]] static Result<Following> open(const WatchOptions& options, bool everything = false);

  // For the session; each once.
  [[nodiscard]] std::unique_ptr<Collector> take_collector() { return std::move(collector_); }
  [[nodiscard]] Targets take_targets() { return std::move(*targets_); }
  [[nodiscard]] std::vector<Notice> take_notices() { return std::move(notices_); }

  // Ticks until all targets have ended, the duration is over, SIGINT or SIGTERM comes (or stop_fd says so), or nobody
  // wants to know any more; the last tick is finished.
  [[nodiscard]] Result<void> run(Session& session, const WatchOptions& options, const Clock& clock);

 private:
  explicit Following(EventLoop loop) : loop_(std::move(loop)) {}
  [[nodiscard]] Result<bool> tick(Session& session, const Clock& clock);
  [[nodiscard]] Result<void> loop(Session& session, const WatchOptions& options, const Clock& clock);

  std::optional<Command> command_;
  std::optional<Targets> targets_;
  EventLoop loop_;
  std::unique_ptr<Collector> collector_;
  std::vector<Notice> notices_;
  Timestamp last_tick_ = 0;  // when the last tick had ended
};

}  // namespace pmon::monitor
