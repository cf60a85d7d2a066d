// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/collector.h"
#include "collect/memory_limit.h"
#include "collect/proc_file.h"
#include "collect/procfs_reader.h"

namespace pmon {

struct ProcfsOptions {
  proc::HostPaths paths;
  // CPU time in nanoseconds from each process's own clock instead of clock ticks from /proc. Only
  // where paths.proc is the /proc of our own PID namespace.
  bool cpu_clocks = true;
  // These processes and no other: what a tick costs does not depend on the host's size then. Absent: all of the host.
  std::optional<std::vector<std::int32_t>> only;
};

// Reads every process from /proc: no privileges, no BPF. The end of a process is seen as a zombie or
// by its absence; what is born and ends between two ticks is not seen at all.
class ProcfsCollector final : public Collector {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ProcfsCollector>> open(ProcfsOptions options = {});

  [[nodiscard]] std::string_view name() const override { return "procfs"; }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  [[nodiscard]] Result<void> collect(const Tick& tick, Snapshot& out) override;

 private:
  // What is kept of a process from tick to tick.
  struct Known {
    ProcessSample sample;
    proc::MemoryLimits::CgroupRef cgroup;
    std::optional<Timestamp> cgroup_read_at;
    bool ended = false;  // reported; a zombie that waits to be reaped
  };

  ProcfsCollector(ProcfsReader reader, proc::MemoryLimits limits, std::optional<std::vector<std::int32_t>> only);
  void read_host();
  void find_hidden(std::string_view mountinfo);
  void tell_hidden(const std::string& reason);
  void note_denied(std::int32_t pid);
  void visit(std::int32_t pid, Known* known, const Tick& tick, Snapshot& out);
  void begin(Known& process) const;
  void update(Known& process, bool living) const;
  void measure_limit(Known& process, const Tick& tick);
  void end(Known& known, std::optional<int> wait_status, const Tick& tick, Snapshot& out) const;
  [[nodiscard]] bool born_since_last_tick(std::uint64_t start_ticks) const;
  void report_losses(Snapshot& out) const;

  ProcfsReader reader_;
  proc::MemoryLimits limits_;
  Capabilities capabilities_;
  std::optional<std::int64_t> boot_time_seconds_;
  std::vector<Notice> notices_;  // for the next snapshot
  std::uint64_t denied_ = 0;     // readings of processes that could be read before
  bool first_ = true;
  std::uint64_t last_boottime_ns_ = 0;
  bool listed_ = true;  // pids_ is what /proc lists at each tick; else always the same
  std::vector<std::int32_t> pids_;
  ProcessSample reading_;
  std::vector<Known> known_;  // ascending by pid
  std::vector<Known> next_;
};

}  // namespace pmon
