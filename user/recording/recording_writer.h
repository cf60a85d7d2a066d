// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "collect/collector.h"
#include "collect/handle.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"
#include "recording/frame_writer.h"
#include "recording/header.h"
#include "recording/snapshot_codec.h"

namespace pmon::recording {

struct WriterOptions {
  std::string path;
  std::uint64_t max_bytes = 100U << 20;  // of one file; one that holds a single tick may be larger
  std::uint32_t keep = 9;                // files besides the present one: PATH.1 (the youngest) … PATH.N
};

// Writes a recording, a frame a tick, each with one write(2): whoever kills the recorder loses the tick that was being
// written at most. A full file becomes PATH.1, that one PATH.2, and so on; each can be read without the others. One
// thread.
class RecordingWriter {
 public:
  // header.part, started and metrics are set here. A recording that is already at the path becomes PATH.1; anything
  // else there is an error (kUsage), as is a folder that cannot be written.
  [[nodiscard]] static Result<RecordingWriter> open(WriterOptions options, Header header, const Tick& tick);

  // Errors (kFailed): the disk is full, for one. What was written before is whole, and so is the file.
  [[nodiscard]] Result<void> append(const Tick& tick, const Snapshot& snapshot, const Capabilities& capabilities);
  // A tick at which the collector failed.
  [[nodiscard]] Result<void> append_failure(const Tick& tick, const std::string& what);
  // Marks the end and sees to it that all is on the disk; nothing may be appended after it.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] std::uint64_t bytes() const { return total_ + size_; }  // of all its files, those dropped included
  [[nodiscard]] std::uint64_t files() const { return header_.part + 1; }
  [[nodiscard]] std::uint64_t ticks() const { return ticks_; }

 private:
  RecordingWriter(WriterOptions options, Header header, FrameWriter frames)
      : options_(std::move(options)), header_(std::move(header)), frames_(std::move(frames)) {}

  [[nodiscard]] Result<void> begin_file(const Tick& tick);
  [[nodiscard]] Result<void> rotate(const Tick& tick);
  [[nodiscard]] Result<void> shift_files() const;
  [[nodiscard]] Result<void> encode(const Tick& tick, const Snapshot& snapshot, bool key);
  // Room for what is in pending_, in this file or in a new one.
  [[nodiscard]] bool fits() const;
  [[nodiscard]] Result<void> write_pending();

  WriterOptions options_;
  Header header_;
  FrameWriter frames_;
  SnapshotEncoder encoder_;
  Fd file_;
  std::uint64_t size_ = 0;   // of the present file
  std::uint64_t total_ = 0;  // of those before it
  std::uint64_t ticks_ = 0;
  std::uint64_t file_ticks_ = 0;  // of the present file
  std::uint32_t since_key_ = 0;   // ticks; 0: the next is a key frame
  std::string payload_;
  std::string pending_;  // frames to be written
};

}  // namespace pmon::recording
