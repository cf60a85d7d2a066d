// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/collector.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"
#include "recording/frame_reader.h"
#include "recording/header.h"
#include "recording/snapshot_codec.h"
#include "recording/source.h"

namespace pmon::recording {

// One tick as it was recorded.
struct RecordedTick {
  Tick tick;
  Snapshot snapshot;                         // empty where the collector failed
  std::optional<std::string> failure;        // what the collector said instead
  std::optional<Capabilities> capabilities;  // from this tick on, where they changed
};

// Reads one file of a recording from its beginning to its end. One thread.
class RecordingReader {
 public:
  // Errors are kUsage where the bytes are no recording of this version, kFailed where it is damaged.
  [[nodiscard]] static Result<RecordingReader> open(std::unique_ptr<Source> source);

  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] const std::string& name() const { return frames_.name(); }

  // False at the end. Errors (kFailed): a damaged frame, with its offset; nothing can be read after it.
  [[nodiscard]] Result<bool> next(RecordedTick& out);

  // What a user should know of what was read so far: metrics and frames of another version, an end that is torn.
  [[nodiscard]] std::vector<Notice> take_notices() { return std::exchange(notices_, {}); }

 private:
  RecordingReader(FrameReader frames, Header header);
  [[nodiscard]] Result<bool> take(const Frame& frame, RecordedTick& out);
  [[nodiscard]] Result<void> take_tick(const Frame& frame, RecordedTick& out);
  void tell_unknown_metrics();
  void tell_end();

  FrameReader frames_;
  Header header_;
  SnapshotDecoder decoder_;
  std::optional<Timestamp> last_;
  std::vector<Notice> notices_;
  bool ended_ = false;           // the end frame was seen
  bool unknown_frames_ = false;  // and told
};

}  // namespace pmon::recording
