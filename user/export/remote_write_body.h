// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "export/encoded.h"
#include "export/window.h"

namespace pmon {

// The NaN that tells Prometheus that a series has ended (its package value, StaleNaN).
inline constexpr std::uint64_t kStaleBits = 0x7ff0'0000'0000'0002;

struct RemoteWriteOptions {
  Labels labels;                    // added to those of every series: job, instance
  std::size_t most_samples = 2000;  // of one request, as Prometheus's max_samples_per_send
};

// Bodies of remote write 1.0: WriteRequest, compressed with snappy's block format. Each statistic is a series with the
// name that series_name() gives it; a series that ended gets a staleness marker at the window's end.
[[nodiscard]] Encoded remote_write_bodies(const Window& window, const RemoteWriteOptions& options);

}  // namespace pmon
