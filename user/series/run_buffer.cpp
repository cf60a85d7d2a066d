// SPDX-License-Identifier: Apache-2.0
#include "series/run_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace pmon {

RunBuffer::~RunBuffer() { std::free(runs_); }

void RunBuffer::push(Run run, const Keep& keep) {
  if (size_ == capacity_) {
    drop(keep);
    const auto live = static_cast<std::uint32_t>(size());
    // Moving the live runs to the front pays while it frees at least a sixteenth.
    const bool grow = live >= capacity_ - capacity_ / 16;
    reallocate(grow ? live + std::max<std::uint32_t>(4, live / 8) : capacity_);
  }
  runs_[size_++] = run;
}

void RunBuffer::trim(const Keep& keep) {
  drop(keep);
  if (empty()) {
    clear();
  } else if (size() * 4 < capacity_) {
    reallocate(static_cast<std::uint32_t>(size() * 2));
  }
}

void RunBuffer::clear() {
  std::free(runs_);
  runs_ = nullptr;
  head_ = size_ = capacity_ = 0;
}

void RunBuffer::drop(const Keep& keep) {
  while (head_ < size_ && runs_[head_].last < keep.forget) ++head_;
  if (head_ == size_ || runs_[head_].last >= keep.full) return;
  const Run* const full =
      std::partition_point(runs_ + head_, runs_ + size_, [&keep](const Run& run) { return run.last < keep.full; });
  // From the newest of the old ones backwards, so that the head moves and the rest lies where it is.
  Run* kept = runs_ + (full - runs_ - 1);
  for (const Run* run = kept; run != runs_ + head_;) {
    if ((--run)->last < keep.thin) break;
    const TickIndex step = thinned_step(keep.now - run->last);
    if (run->last / step * step >= run->first) *--kept = *run;
  }
  head_ = static_cast<std::uint32_t>(kept - runs_);
}

// Live runs go to the front of a block of the given capacity.
void RunBuffer::reallocate(std::uint32_t capacity) {
  const auto live = static_cast<std::uint32_t>(size());
  if (head_ != 0) std::memmove(runs_, runs_ + head_, live * sizeof(Run));
  head_ = 0;
  size_ = live;
  if (capacity == capacity_) return;
  void* block = std::realloc(static_cast<void*>(runs_), capacity * sizeof(Run));
  if (block == nullptr) throw std::bad_alloc();
  runs_ = static_cast<Run*>(block);
  capacity_ = capacity;
}

}  // namespace pmon
