// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

namespace pmon::monitor {

// The pids of the processes that ended last, as many as fit.
class EndedPids {
 public:
  explicit EndedPids(std::size_t most) : most_(most) {}

  void add(std::int32_t pid) {
    ends_[pid] = ++count_;
    order_.emplace_back(pid, count_);
    if (order_.size() <= most_) return;
    const auto [oldest, end] = order_.front();
    order_.pop_front();
    if (const auto found = ends_.find(oldest); found != ends_.end() && found->second == end) ends_.erase(found);
  }
  [[nodiscard]] bool contains(std::int32_t pid) const { return ends_.contains(pid); }

 private:
  std::size_t most_;
  std::uint64_t count_ = 0;
  std::unordered_map<std::int32_t, std::uint64_t> ends_;  // the number of its last end
  std::deque<std::pair<std::int32_t, std::uint64_t>> order_;
};

}  // namespace pmon::monitor
