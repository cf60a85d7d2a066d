// SPDX-License-Identifier: Apache-2.0
#include "recording/frame_reader.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "recording/checksum.h"
#include "recording/wire.h"

namespace pmon::recording {

namespace {

constexpr std::size_t kUnpackStep = 256UL << 10;
constexpr std::uint64_t kZeroTail = 64;

bool is_streamed(FrameKind kind) { return kind == FrameKind::kKey || kind == FrameKind::kDelta; }

bool is_json(FrameKind kind) {
  return kind == FrameKind::kHeader || kind == FrameKind::kCapabilities || kind == FrameKind::kEnd;
}

}  // namespace

void FrameReader::FreeContext::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

std::unexpected<Error> FrameReader::damaged(std::uint64_t offset, std::string_view what) const {
  return fail(ErrorKind::kFailed, fmt::format("{}: damaged frame at byte {}: {}", name(), offset, what),
              "what comes before it can be used");
}

Result<FrameReader> FrameReader::open(std::unique_ptr<Source> source) {
  std::array<char, kPreambleSize> bytes{};
  const auto read = source->read(0, bytes);
  if (!read) return std::unexpected(read.error());
  const std::string_view head(bytes.data(), *read);
  if (!head.starts_with(kMagic) || head.size() < kPreambleSize) {
    return fail(ErrorKind::kUsage, fmt::format("{} is no recording", source->name()),
                "it must be a file that 'pmon record' wrote");
  }
  WireReader numbers(head.substr(kMagic.size()));
  if (const std::uint32_t version = numbers.fixed32(); version != kFormatVersion) {
    return fail(ErrorKind::kUsage,
                fmt::format("{} has version {} of the recording format; this pmon reads version {}", source->name(),
                            version, kFormatVersion),
                "use the pmon that wrote it, or a newer one");
  }
  Context stream(ZSTD_createDCtx());
  Context single(ZSTD_createDCtx());
  if (!stream || !single) return fail(ErrorKind::kFailed, "unpack the recording: out of memory");
  for (ZSTD_DCtx* context : {stream.get(), single.get()}) {
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, kWindowLog);
  }
  return FrameReader(std::move(source), std::move(stream), std::move(single));
}

// A power cut may leave a file as long as it was to become, with zeros where nothing was written yet.
Result<bool> FrameReader::ends_in_zeros() {
  const std::uint64_t size = source_->size();
  const std::uint64_t from = std::max(offset_, size < kZeroTail ? 0 : size - kZeroTail);
  std::array<char, kZeroTail> tail{};
  const auto read = source_->read(from, std::span(tail).first(std::min(kZeroTail, size - std::min(size, from))));
  if (!read) return std::unexpected(read.error());
  return std::all_of(tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(*read), [](char c) { return c == 0; });
}

Result<std::optional<FrameReader::FrameHeader>> FrameReader::read_header() {
  std::array<char, kFrameHeaderSize> bytes{};
  const auto read = source_->read(offset_, bytes);
  if (!read) return std::unexpected(read.error());
  if (*read == 0) return std::nullopt;
  if (*read < bytes.size()) {
    torn_ = offset_;
    return std::nullopt;
  }
  const std::string_view text(bytes.data(), bytes.size());
  WireReader in(text);
  FrameHeader header;
  header.packed = in.fixed32();
  header.unpacked = in.fixed32();
  header.kind = static_cast<FrameKind>(in.fixed32());
  header.packed_crc = in.fixed32();
  if (in.fixed32() != checksum(text.substr(0, kFrameHeaderSize - 4))) {
    const auto zeros = ends_in_zeros();
    if (!zeros) return std::unexpected(zeros.error());
    if (!*zeros) return damaged(offset_, "the checksum of its header does not match");
    torn_ = offset_;
    return std::nullopt;
  }
  const std::uint32_t most = is_json(header.kind) ? kMostJson : kMostPayload;
  if (header.packed > kMostPayload || header.unpacked > most) return damaged(offset_, "it is too large");
  return header;
}

// False: the file ends before the payload does.
Result<bool> FrameReader::read_packed(const FrameHeader& header) {
  const std::uint64_t begin = offset_ + kFrameHeaderSize;
  if (begin + header.packed > source_->size()) return false;
  packed_.resize(header.packed);
  const auto read = source_->read(begin, packed_);
  if (!read) return std::unexpected(read.error());
  if (*read < packed_.size()) return false;
  if (checksum(packed_) == header.packed_crc) return true;
  const auto zeros = ends_in_zeros();
  if (!zeros) return std::unexpected(zeros.error());
  if (!*zeros) return damaged(offset_, "the checksum of its payload does not match");
  return false;
}

// The room grows with what comes, not with what the header promises.
Result<void> FrameReader::unpack(const FrameHeader& header) {
  ZSTD_DCtx* context = is_streamed(header.kind) ? stream_.get() : single_.get();
  if (header.kind != FrameKind::kDelta) ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  ZSTD_inBuffer input{packed_.data(), packed_.size(), 0};
  unpacked_.clear();
  while (true) {
    const std::size_t before = unpacked_.size();
    // One byte more than promised, to see whether there is one.
    const std::size_t step = std::min(kUnpackStep, std::size_t{header.unpacked} + 1 - before);
    unpacked_.resize(before + step);
    ZSTD_outBuffer output{unpacked_.data() + before, step, 0};
    const std::size_t left = ZSTD_decompressStream(context, &output, &input);
    unpacked_.resize(before + output.pos);
    if (ZSTD_isError(left) != 0) return damaged(offset_, ZSTD_getErrorName(left));
    if (unpacked_.size() > header.unpacked) return damaged(offset_, "it unpacks to more than it says");
    if (input.pos == input.size && output.pos < step) break;
    if (output.pos == 0 && left == 0) return damaged(offset_, "its packed payload does not end where it says");
  }
  if (unpacked_.size() < header.unpacked) return damaged(offset_, "it unpacks to less than it says");
  return {};
}

Result<std::optional<Frame>> FrameReader::next() {
  if (torn_) return std::nullopt;
  const auto header = read_header();
  if (!header) return std::unexpected(header.error());
  if (!*header) return std::nullopt;
  const auto whole = read_packed(**header);
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) {
    torn_ = offset_;
    return std::nullopt;
  }
  Frame frame{(*header)->kind, offset_, {}};
  if (frame.known()) {
    if (auto unpacked = unpack(**header); !unpacked) return std::unexpected(unpacked.error());
    frame.payload = unpacked_;
  }
  offset_ += kFrameHeaderSize + (*header)->packed;
  return frame;
}

}  // namespace pmon::recording
