// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pmon {

// Number of a tick; the store's tick table maps it to a timestamp.
using TickIndex = std::uint32_t;

// Equal values at consecutive ticks are one run, so a series that does not move costs one run.
// A run whose last lies before its first is empty.
struct Run {
  TickIndex first;
  TickIndex last;  // inclusive
  double value;
};

// Prometheus's stale marker, a NaN with a payload: from here on the series is known to be gone.
inline constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;
[[nodiscard]] inline double stale_marker() { return std::bit_cast<double>(kStaleBits); }
[[nodiscard]] inline bool is_stale(double value) { return std::bit_cast<std::uint64_t>(value) == kStaleBits; }

// The closed runs of one series, oldest first. A vector of its own because millions of samples live
// here: 24 bytes while empty, grown by a quarter, and old runs make room for new ones before it grows.
class RunBuffer {
 public:
  RunBuffer() = default;
  ~RunBuffer();
  RunBuffer(const RunBuffer&) = delete;
  RunBuffer& operator=(const RunBuffer&) = delete;

  // Runs that ended before keep_from may be dropped to make room.
  void push(Run run, TickIndex keep_from);
  // Drops runs that ended before keep_from and gives back memory that is far from used.
  void trim(TickIndex keep_from);
  void clear();

  [[nodiscard]] const Run* begin() const { return runs_ + head_; }
  [[nodiscard]] const Run* end() const { return runs_ + size_; }
  [[nodiscard]] bool empty() const { return head_ == size_; }
  [[nodiscard]] std::size_t size() const { return size_ - head_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  void drop_before(TickIndex keep_from);
  void reallocate(std::uint32_t capacity);

  Run* runs_ = nullptr;
  std::uint32_t head_ = 0;  // runs_[head_, size_) are live
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace pmon
