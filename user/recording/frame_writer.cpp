// SPDX-License-Identifier: Apache-2.0
#include "recording/frame_writer.h"

#include <zstd.h>

#include <fmt/format.h>

#include "recording/checksum.h"
#include "recording/wire.h"

namespace pmon::recording {

namespace {

constexpr int kLevel = 1;  // of zstd; higher ones cost CPU and gain a few percent here

// Appends the packed payload.
Result<void> pack(ZSTD_CCtx* context, std::string_view payload, ZSTD_EndDirective how, std::string& out) {
  ZSTD_inBuffer input{payload.data(), payload.size(), 0};
  const std::size_t step = ZSTD_CStreamOutSize();
  while (true) {
    const std::size_t before = out.size();
    out.resize(before + step);
    ZSTD_outBuffer output{out.data() + before, step, 0};
    const std::size_t left = ZSTD_compressStream2(context, &output, &input, how);
    out.resize(before + output.pos);
    if (ZSTD_isError(left) != 0) {
      return fail(ErrorKind::kFailed, fmt::format("compress the recording: {}", ZSTD_getErrorName(left)));
    }
    if (left == 0 && input.pos == input.size) return {};
  }
}

}  // namespace

std::string preamble() {
  std::string bytes(kMagic);
  WireWriter writer(bytes);
  writer.fixed32(kFormatVersion);
  writer.fixed32(0);
  return bytes;
}

void FrameWriter::FreeContext::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

Result<FrameWriter> FrameWriter::make() {
  Context stream(ZSTD_createCCtx());
  Context single(ZSTD_createCCtx());
  if (!stream || !single) return fail(ErrorKind::kFailed, "compress the recording: out of memory");
  for (ZSTD_CCtx* context : {stream.get(), single.get()}) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, kWindowLog);
  }
  return FrameWriter(std::move(stream), std::move(single));
}

Result<void> FrameWriter::append(FrameKind kind, std::string_view payload, std::string& out) {
  if (payload.size() > kMostPayload) {
    return fail(ErrorKind::kFailed, fmt::format("a tick of {} bytes is more than a recording takes", payload.size()),
                "record fewer processes, with --name or --cgroup");
  }
  const bool streamed = kind == FrameKind::kKey || kind == FrameKind::kDelta;
  ZSTD_CCtx* context = streamed ? stream_.get() : single_.get();
  if (kind != FrameKind::kDelta) ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
  std::string packed;
  if (auto done = pack(context, payload, streamed ? ZSTD_e_flush : ZSTD_e_end, packed); !done) return done;

  std::string head;
  WireWriter writer(head);
  writer.fixed32(static_cast<std::uint32_t>(packed.size()));
  writer.fixed32(static_cast<std::uint32_t>(payload.size()));
  writer.fixed32(static_cast<std::uint32_t>(kind));
  writer.fixed32(checksum(packed));
  writer.fixed32(checksum(head));
  out += head;
  out += packed;
  return {};
}

}  // namespace pmon::recording
