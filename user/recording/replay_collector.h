// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collect/collector.h"
#include "pmon/result.h"
#include "recording/recording_reader.h"

namespace pmon::recording {

// A recording in the place of the host: what was collected then, at the times of then. next() goes on to a tick,
// collect() gives what was seen at it. One thread.
class ReplayCollector final : public Collector {
 public:
  // Files of one recording, or of several that follow each other on one boot of a host, in any order. Errors are
  // kUsage, but for damage.
  [[nodiscard]] static Result<std::unique_ptr<ReplayCollector>> open(const std::vector<std::string>& files);
  [[nodiscard]] static Result<std::unique_ptr<ReplayCollector>> open(std::vector<std::unique_ptr<Source>> sources);

  // Goes on to the next tick and its time; false at the end of the last file. Errors (kFailed) as
  // RecordingReader::next(); also files that overlap in time.
  [[nodiscard]] Result<bool> next();
  [[nodiscard]] const Tick& tick() const { return tick_; }

  // Of the recording's first file.
  [[nodiscard]] const Header& header() const { return header_; }
  // As RecordingReader::take_notices(), of all files.
  [[nodiscard]] std::vector<Notice> take_notices() { return std::exchange(notices_, {}); }

  [[nodiscard]] std::string_view name() const override { return "replay"; }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  // Once per next().
  [[nodiscard]] Result<void> collect(const Tick& tick, Snapshot& out) override;

 private:
  explicit ReplayCollector(std::vector<RecordingReader> readers);
  void restrict(const Capabilities& capabilities);

  std::vector<RecordingReader> readers_;  // by time
  std::size_t current_ = 0;
  Header header_;
  Capabilities capabilities_;
  RecordedTick now_;
  Tick tick_;
  std::vector<Notice> notices_;
};

}  // namespace pmon::recording
