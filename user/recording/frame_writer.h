// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pmon/result.h"
#include "recording/format.h"

struct ZSTD_CCtx_s;

namespace pmon::recording {

// The first bytes of each file.
[[nodiscard]] std::string preamble();

// Packs payloads into frames. Key and delta frames are one zstd stream from a key frame to the next, flushed after
// each, so that a small tick is packed by what the ticks before it looked like. One thread.
class FrameWriter {
 public:
  [[nodiscard]] static Result<FrameWriter> make();

  // Appends the frame to `out`. Fails (kFailed) where the payload is larger than a reader takes.
  [[nodiscard]] Result<void> append(FrameKind kind, std::string_view payload, std::string& out);

 private:
  struct FreeContext {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  using Context = std::unique_ptr<ZSTD_CCtx_s, FreeContext>;
  FrameWriter(Context stream, Context single) : stream_(std::move(stream)), single_(std::move(single)) {}

  Context stream_;  // of key and delta frames
  Context single_;  // of all others
};

}  // namespace pmon::recording
