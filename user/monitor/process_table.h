// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pmon/snapshot.h"

namespace pmon::monitor {

// What is remembered of each process from tick to tick. Collectors name the same processes in the same
// order at every tick, so each entry remembers which one followed it: the steady state needs no hashing.
template <typename T>
class ProcessTable {
 public:
  void begin_tick() {
    ++tick_;
    last_ = kNone;
  }

  // The value of a process at this tick; true where it is new. Valid until the next touch().
  std::pair<T&, bool> touch(const ProcessKey& key) {
    std::uint32_t index = last_ == kNone ? first_ : entries_[last_].next;
    bool inserted = false;
    if (index == kNone || entries_[index].key != key || !entries_[index].used) {
      const auto [found, is_new] = index_.try_emplace(key, kNone);
      if (is_new) found->second = allocate(key);
      index = found->second;
      inserted = is_new;
      (last_ == kNone ? first_ : entries_[last_].next) = index;
    }
    Entry& entry = entries_[index];
    entry.tick = tick_;
    last_ = index;
    return {entry.value, inserted};
  }

  // Null where it is not known. Valid until the next touch().
  [[nodiscard]] T* find(const ProcessKey& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &entries_[found->second].value;
  }

  // Calls visit(value) for each that is known.
  template <typename Visit>
  void for_each(Visit visit) {
    for (Entry& entry : entries_) {
      if (entry.used) visit(entry.value);
    }
  }
  // Likewise for each that was not touched at this tick.
  template <typename Visit>
  void for_each_absent(Visit visit) {
    for (Entry& entry : entries_) {
      if (entry.used && entry.tick != tick_) visit(entry.value);
    }
  }

  // Forgets what was not touched in the last `ticks` ticks, telling on_gone(key, value) of each, in
  // the order in which they were first seen or in that of the entries that they took over.
  template <typename OnGone>
  void forget_older_than(std::uint32_t ticks, OnGone on_gone) {
    for (std::uint32_t index = 0; index < entries_.size(); ++index) {
      Entry& entry = entries_[index];
      if (!entry.used || tick_ - entry.tick < ticks) continue;
      on_gone(entry.key, entry.value);
      index_.erase(entry.key);
      entry.used = false;
      entry.value = T{};
      free_.push_back(index);
    }
  }

  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Entry {
    ProcessKey key;
    std::uint32_t tick = 0;
    std::uint32_t next = kNone;
    bool used = false;
    T value{};
  };

  std::uint32_t allocate(const ProcessKey& key) {
    std::uint32_t index = 0;
    if (free_.empty()) {
      index = static_cast<std::uint32_t>(entries_.size());
      entries_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    entries_[index].key = key;
    entries_[index].used = true;
    entries_[index].next = kNone;
    return index;
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<ProcessKey, std::uint32_t, ProcessKeyHash> index_;
  std::uint32_t tick_ = 0;
  std::uint32_t first_ = kNone;  // the first touched at the last tick
  std::uint32_t last_ = kNone;   // the one touched before at this tick
};

}  // namespace pmon::monitor
