// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "delivery/queue.h"

namespace pmon::delivery {

enum class DropReason : std::uint8_t { kOverflow, kRejected, kShutdown, kSpoolFull, kSpoolDamaged };

// "overflow", "rejected", …: value of the label `reason`.
[[nodiscard]] std::string_view name_of(DropReason reason);

// What became of a queue's items, and what goes wrong with it. No thread, no clock: times are given.
class Tally {
 public:
  enum class Part : std::uint8_t { kItems, kRefresh, kSpool };  // each fails and recovers by itself

  void pushed(std::size_t items) { pushed_ += items; }
  void sent() { ++sent_; }
  void dropped(DropReason reason, std::size_t items = 1) { dropped_[static_cast<std::size_t>(reason)] += items; }
  void retried() { ++retries_; }

  // What came of another queue's items counts here from now on; what fails there is not this one's.
  void add(const Tally& other);
  // So many items stay where nobody here takes them.
  void left_behind(std::size_t items) { pushed_ -= items; }

  void well(Part part, Timestamp now);
  void failing(Part part, Timestamp now, std::string what);
  // Told until the end of the process, whatever else goes well or wrong.
  void keep_telling(std::string what) { kept_ = std::move(what); }
  [[nodiscard]] bool is_failing(Part part) const { return since(part).has_value(); }

  // Fills in what is counted here.
  void fill(QueueStatus& status) const;

 private:
  [[nodiscard]] const std::optional<Timestamp>& since(Part part) const {
    return failing_since_[static_cast<std::size_t>(part)];
  }
  std::optional<Timestamp>& since(Part part) { return failing_since_[static_cast<std::size_t>(part)]; }

  std::uint64_t pushed_ = 0;
  std::uint64_t sent_ = 0;
  std::array<std::uint64_t, 5> dropped_{};  // by reason
  std::uint64_t retries_ = 0;
  std::optional<Timestamp> last_success_;
  std::array<std::optional<Timestamp>, 3> failing_since_;  // by part
  std::string last_error_;                                 // of an attempt
  std::string spool_error_;                                // while the spool fails
  std::string kept_;
};

}  // namespace pmon::delivery
