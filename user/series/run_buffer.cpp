// SPDX-License-Identifier: Apache-2.0
#include "series/run_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace pmon {

RunBuffer::~RunBuffer() { std::free(runs_); }

void RunBuffer::push(Run run, TickIndex keep_from) {
  if (size_ == capacity_) {
    drop_before(keep_from);
    const auto live = static_cast<std::uint32_t>(size());
    // Moving the live runs to the front pays while it frees at least an eighth.
    const bool grow = live >= capacity_ - capacity_ / 8;
    reallocate(grow ? live + std::max<std::uint32_t>(4, live / 4) : capacity_);
  }
  runs_[size_++] = run;
}

void RunBuffer::trim(TickIndex keep_from) {
  drop_before(keep_from);
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

void RunBuffer::drop_before(TickIndex keep_from) {
  while (head_ < size_ && runs_[head_].last < keep_from) ++head_;
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
