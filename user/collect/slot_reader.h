// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "collect/memory_limit.h"
#include "pmon/abi.h"
#include "pmon/snapshot.h"

namespace pmon {

// Turns slots, in the kernel's units, into samples, in the shown ones. One thread.
class SlotReader {
 public:
  // regions: fault regions are counted for watched processes; mapped: vm_unmapped_area is attached.
  SlotReader(proc::MemoryLimits limits, bool regions, bool mapped);

  // Fills every field but `born` and `exit`; out's own memory is reused. The cgroup of a process that
  // has ended cannot be looked up any more: its limit is known only where that of another in it is.
  void read(const pmon_slot& slot, std::uint32_t number, Timestamp now, ProcessSample& out);

  // Once before the first read: where boot lies on the wall clock. It is not moved later, so that a
  // process's start_time_seconds stays the same when the clock is set.
  void set_boot(Timestamp now, std::uint64_t boottime_ns);

  void set_detail(bool regions, bool mapped) {
    regions_ = regions;
    mapped_ = mapped;
  }

  [[nodiscard]] static ProcessKey key_of(const pmon_slot& slot);
  [[nodiscard]] static Exit exit_of(const pmon_slot& slot);

 private:
  struct Limit {
    std::optional<std::uint64_t> bytes;
    Timestamp read_at;
  };
  static constexpr std::size_t kFewCgroups = 4096;
  [[nodiscard]] std::optional<std::uint64_t> memory_limit(const pmon_slot& slot, Timestamp now);
  void forget_gone_cgroups(Timestamp now);

  proc::MemoryLimits limits_;
  std::unordered_map<std::uint64_t, Limit> by_cgroup_;
  std::size_t forget_at_ = kFewCgroups;  // that many entries
  bool regions_;
  bool mapped_;
  double boot_seconds_ = 0;
};

}  // namespace pmon
