// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pmon/labels.h"

namespace pmon::promql {

// Map from interned label sets to numbers: open addressing over one block, for joins of thousands.
class LabelsIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  explicit LabelsIndex(std::size_t most_entries)
      : slots_(std::bit_ceil(most_entries * 2 + 2)), mask_(slots_.size() - 1) {}

  // The number already there, or kNone where this one was put in.
  std::uint32_t insert(const Labels* key, std::uint32_t number) {
    Slot& slot = slots_[position(key)];
    if (slot.key != nullptr) return slot.number;
    slot = {key, number};
    return kNone;
  }
  [[nodiscard]] std::uint32_t find(const Labels* key) const {
    const Slot& slot = slots_[position(key)];
    return slot.key == nullptr ? kNone : slot.number;
  }

 private:
  struct Slot {
    const Labels* key = nullptr;
    std::uint32_t number = 0;
  };
  [[nodiscard]] std::size_t position(const Labels* key) const {
    std::size_t at = (reinterpret_cast<std::uintptr_t>(key) * 0x9e3779b97f4a7c15) >> 20 & mask_;
    while (slots_[at].key != nullptr && slots_[at].key != key) at = (at + 1) & mask_;
    return at;
  }
  std::vector<Slot> slots_;
  std::size_t mask_;
};

}  // namespace pmon::promql
