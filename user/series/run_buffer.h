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

// Which runs of a series may go. Those that end at `full` or later stay. Of those before it the newest stays, which
// is what a look at a single moment finds, and for each age a few, evenly spread: kThinnedTo at the most for every
// doubling of the age, those with a tick that thinned_step() of their age divides. What ends before `thin`, but for
// that newest one, and all that ends before `forget` goes. forget <= thin <= full <= now.
struct Keep {
  TickIndex now = 0;  // the current tick
  TickIndex full = 0;
  TickIndex thin = 0;
  TickIndex forget = 0;
};
inline constexpr TickIndex kThinnedTo = 10;
[[nodiscard]] inline TickIndex thinned_step(TickIndex age) {
  return std::bit_ceil((age + kThinnedTo - 1) / kThinnedTo);
}

// The closed runs of one series, oldest first. A vector of its own because millions of samples live
// here: 24 bytes while empty, grown by an eighth, and old runs make room for new ones before it grows.
class RunBuffer {
 public:
  RunBuffer() = default;
  ~RunBuffer();
  RunBuffer(const RunBuffer&) = delete;
  RunBuffer& operator=(const RunBuffer&) = delete;

  // Runs that may go are dropped to make room.
  void push(Run run, const Keep& keep);
  // Drops runs that may go and gives back memory that is far from used.
  void trim(const Keep& keep);
  void clear();

  [[nodiscard]] const Run* begin() const { return runs_ + head_; }
  [[nodiscard]] const Run* end() const { return runs_ + size_; }
  [[nodiscard]] bool empty() const { return head_ == size_; }
  [[nodiscard]] std::size_t size() const { return size_ - head_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  void drop(const Keep& keep);
  void reallocate(std::uint32_t capacity);

  Run* runs_ = nullptr;
  std::uint32_t head_ = 0;  // runs_[head_, size_) are live
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace pmon
