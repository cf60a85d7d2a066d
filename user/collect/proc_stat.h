// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pmon::proc {

// /proc/PID/stat (Documentation/filesystems/proc.rst, table 1-4): totals of the whole process, dead
// threads included. Times are in clock ticks, see clock_ticks_per_second().
struct Stat {
  std::int32_t pid = 0;
  std::string_view comm;  // into the parsed text; as the kernel has it: any bytes but NUL
  char state = '?';       // of the leading thread
  std::int32_t parent_pid = 0;
  std::uint32_t flags = 0;  // PF_* of the leading thread
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;   // since boot
  std::optional<int> wait_status;  // field 52; 0 also where the reader may not know it

  [[nodiscard]] bool kernel_thread() const { return (flags & 0x00200000U) != 0; }  // PF_KTHREAD
  // The leading thread may end before the others: then it is a zombie, the process is not.
  [[nodiscard]] bool leader_ended() const { return state == 'Z' || state == 'X' || state == 'x'; }
  [[nodiscard]] bool ended() const { return leader_ended() && threads <= 1; }
};

// Absent when the text is cut short or is not what the kernel writes.
[[nodiscard]] std::optional<Stat> parse_stat(std::string_view text);

// USER_HZ: the unit of times in /proc.
[[nodiscard]] std::uint64_t clock_ticks_per_second();

}  // namespace pmon::proc
