// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pmon::recording {

// The layout of a recording; docs/recording.md describes it byte by byte. A file is this preamble and then frames.
inline constexpr std::string_view kMagic{"\x89pmonrec", 8};
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::size_t kPreambleSize = 16;     // magic, version, 4 bytes 0
inline constexpr std::size_t kFrameHeaderSize = 20;  // length, raw length, kind, payload CRC, header CRC

enum class FrameKind : std::uint32_t {
  kHeader = 1,        // JSON: where the recording comes from and what it can hold; the first frame of each file
  kKey = 2,           // one tick, whole
  kDelta = 3,         // one tick, as what changed since the one before
  kBlind = 4,         // a tick at which the collector saw nothing
  kCapabilities = 5,  // JSON: what the collector can measure from here on
  kEnd = 6,           // orderly end of the file: without it, the recorder was killed or still runs
};

// What a reader accepts, so that hostile lengths cost no more memory than this.
inline constexpr std::uint32_t kMostPayload = 64U << 20;  // of one frame, stored and unpacked
inline constexpr std::uint32_t kMostJson = 1U << 20;      // of a frame whose payload is JSON, unpacked
inline constexpr std::size_t kMostProcesses = 1U << 19;   // at one tick
inline constexpr std::size_t kMostMetrics = 64;           // one bit each in a mask
inline constexpr int kWindowLog = 19;                     // of zstd: 512 KiB

}  // namespace pmon::recording
