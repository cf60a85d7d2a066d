// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collect/collector.h"
#include "monitor/clock.h"
#include "monitor/session.h"
#include "monitor/targets.h"
#include "recording/recording_writer.h"

namespace pmon::monitor {

// One `record` from tick to tick: collect, leave out what is no target, write. One thread.
class RecordSession final : public Session {
 public:
  struct Parts {
    std::unique_ptr<Collector> collector;
    Targets targets;
    recording::RecordingWriter writer;
    std::vector<Notice> notices;  // recorded with the first tick
  };
  // The clock outlives the session.
  RecordSession(Parts parts, const Clock& clock, std::function<void(const Notice&)> tell);

  [[nodiscard]] Result<bool> tick() override;
  void service() override { collector_->service(); }
  [[nodiscard]] std::vector<int> wake_fds() const override { return {collector_->wake_fd()}; }
  void reload() override {}
  [[nodiscard]] bool all_targets_ended() const override { return targets_.all_ended(); }
  [[nodiscard]] bool unsettled() const override { return false; }
  void tell_still_running(std::int32_t pid, const std::string& program) override;

  // The recording's end; nothing may follow.
  [[nodiscard]] Result<void> finish() { return writer_.finish(); }
  [[nodiscard]] const recording::RecordingWriter& writer() const { return writer_; }

 private:
  void keep_targets();

  std::unique_ptr<Collector> collector_;
  Targets targets_;
  recording::RecordingWriter writer_;
  std::vector<Notice> notices_;  // not yet recorded
  const Clock& clock_;
  std::function<void(const Notice&)> tell_;
  Snapshot snapshot_;
  bool failing_ = false;  // and told
};

}  // namespace pmon::monitor
