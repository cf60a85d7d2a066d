// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "collect/proc_file.h"
#include "collect/proc_stat.h"
#include "collect/proc_status.h"
#include "pmon/snapshot.h"

namespace pmon {

// Reads one process at a time from /proc. One thread at a time.
class ProcfsReader {
 public:
  enum class Outcome : std::uint8_t {
    kLiving,
    kEnded,  // a zombie: only its counters and perhaps its wait status are left
    kGone,   // ended while it was read, or before
    kKernelThread,
    kDenied,
    kUnreadable,  // counted in losses()
  };
  struct Losses {
    std::uint64_t malformed = 0;
    std::uint64_t failed = 0;
  };

  // cpu_clocks: take CPU time from the process's own clock instead of /proc/PID/stat.
  ProcfsReader(proc::Directory proc, bool cpu_clocks) : proc_(std::move(proc)), cpu_clocks_(cpu_clocks) {}

  // Fills key, parent_pid, uid, comm and metrics of `sample`; wait_status where it is ended and known.
  Outcome read(std::int32_t pid, ProcessSample& sample, std::optional<int>& wait_status);

  [[nodiscard]] proc::Directory& directory() { return proc_; }
  [[nodiscard]] const Losses& losses() const { return losses_; }

 private:
  Outcome unusable(proc::ReadStatus status);
  Outcome read_status(const char* path, std::optional<proc::Status>& status);
  // The memory of a process whose leading thread ended before the others.
  void read_status_of_a_thread(std::int32_t pid, std::optional<proc::Status>& status);
  void set_cpu(const proc::Stat& stat, MetricValues& metrics) const;

  proc::Directory proc_;
  bool cpu_clocks_;
  Losses losses_;
  std::vector<std::int32_t> tids_;
};

}  // namespace pmon
