// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pmon/result.h"
#include "recording/format.h"
#include "recording/source.h"

struct ZSTD_DCtx_s;

namespace pmon::recording {

struct Frame {
  FrameKind kind{};
  std::uint64_t offset = 0;  // in the file, for messages
  std::string_view payload;  // unpacked, until the next read; empty of kinds that this program does not know
  [[nodiscard]] bool known() const { return kind >= FrameKind::kHeader && kind <= FrameKind::kEnd; }
};

// Reads frame after frame, and checks each. One thread.
class FrameReader {
 public:
  // Checks the preamble. Errors (kUsage): no recording, or of another version.
  [[nodiscard]] static Result<FrameReader> open(std::unique_ptr<Source> source);

  // Absent at the end, also at one in the middle of a frame: see torn(). Errors (kFailed): a frame that is damaged,
  // with its offset.
  [[nodiscard]] Result<std::optional<Frame>> next();

  // Where the last, incomplete frame begins; absent where the last one was whole.
  [[nodiscard]] std::optional<std::uint64_t> torn() const { return torn_; }
  [[nodiscard]] const std::string& name() const { return source_->name(); }
  // "FILE: damaged frame at byte N: WHAT", for what is wrong with a frame's payload, too.
  [[nodiscard]] std::unexpected<Error> damaged(std::uint64_t offset, std::string_view what) const;

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  struct FrameHeader {
    std::uint32_t packed = 0;
    std::uint32_t unpacked = 0;
    FrameKind kind{};
    std::uint32_t packed_crc = 0;
  };
  using Context = std::unique_ptr<ZSTD_DCtx_s, FreeContext>;
  FrameReader(std::unique_ptr<Source> source, Context stream, Context single)
      : source_(std::move(source)), stream_(std::move(stream)), single_(std::move(single)) {}

  // Absent: the file ends within it, or with what a power cut leaves.
  [[nodiscard]] Result<std::optional<FrameHeader>> read_header();
  [[nodiscard]] Result<bool> read_packed(const FrameHeader& header);
  [[nodiscard]] Result<bool> ends_in_zeros();
  [[nodiscard]] Result<void> unpack(const FrameHeader& header);

  std::unique_ptr<Source> source_;
  Context stream_;  // of key and delta frames
  Context single_;  // of all others
  std::uint64_t offset_ = kPreambleSize;
  std::optional<std::uint64_t> torn_;
  std::string packed_;
  std::string unpacked_;
};

}  // namespace pmon::recording
