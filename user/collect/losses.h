// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "pmon/abi.h"
#include "pmon/snapshot.h"

namespace pmon {

// Follows the kernel's loss counters: announces what was lost, and when a sweep has made it good.
class LossWatch {
 public:
  // Reads the counters; true while something lost has not been healed by a sweep.
  bool update(const pmon_control& control);
  // A whole sweep has just ended.
  void swept(const pmon_control& control);
  // Whether exec events were lost since the last report.
  [[nodiscard]] bool lost_execs() const;
  // Something lost on this side of the boundary; `why` is for the notice.
  void count_user(const std::string& cause, std::string why = {});
  // Adds every cause's total, and the notices of what changed: at once, then each cause once a minute at most.
  void report(Snapshot& out);

 private:
  static constexpr Timestamp kNever = INT64_MIN / 2;
  struct Cause {
    std::uint64_t total = 0;
    std::uint64_t reported = 0;
    std::uint64_t healed = 0;  // the total that a sweep has made good
    bool healing_told = true;
    Timestamp told_at = kNever;
    Timestamp healing_told_at = kNever;
  };
  std::array<Cause, PMON_LOSS_COUNT> causes_{};
  struct UserCause {
    std::uint64_t total = 0;
    std::uint64_t reported = 0;
    std::string why;
    Timestamp told_at = kNever;
  };
  std::map<std::string, UserCause> user_;
};

}  // namespace pmon
