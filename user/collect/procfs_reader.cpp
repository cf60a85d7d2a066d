// SPDX-License-Identifier: Apache-2.0
#include "collect/procfs_reader.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

namespace pmon {

namespace {

// The CPU time clock of another process, as glibc's clock_getcpuclockid(3) makes it, without its
// extra system call: ~pid << 3 | CPUCLOCK_SCHED (include/linux/posix-timers.h). Anyone may read it.
std::optional<double> cpu_clock_seconds(std::int32_t pid) {
  const auto clock = static_cast<clockid_t>((~static_cast<std::uint32_t>(pid) << 3) | 2U);
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return std::nullopt;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::uint64_t effective_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return 0;
  return data[1].effective * (std::uint64_t{1} << 32) + data[0].effective;
}

// In another one, capabilities are over that one's processes only.
bool in_first_user_namespace() {
  constexpr ino_t kFirst = 0xEFFFFFFD;  // PROC_USER_INIT_INO
  struct stat own {};
  return stat("/proc/self/ns/user", &own) == 0 && own.st_ino == kFirst;
}

// Whether the kernel shows us a zombie's wait status; to others it shows 0 (ptrace_may_access). Being root is not
// enough: in a container it may lack the capability.
bool may_inspect(const proc::Status& status) {
  const std::uint64_t own = effective_capabilities();
  if ((own >> CAP_SYS_PTRACE & 1U) != 0 && in_first_user_namespace()) return true;
  if (!status.permitted || (*status.permitted & ~own) != 0) return false;
  return std::ranges::all_of(status.uids, [](auto id) { return id == geteuid(); }) &&
         std::ranges::all_of(status.gids, [](auto id) { return id == getegid(); });
}

void set_counters(const proc::Stat& stat, MetricValues& metrics) {
  metrics.set(Metric::kMINOR_FAULTS, static_cast<double>(stat.minor_faults));
  metrics.set(Metric::kMAJOR_FAULTS, static_cast<double>(stat.major_faults));
}

void set_memory(const proc::Status& status, MetricValues& metrics) {
  const auto set = [&metrics](Metric metric, std::optional<std::uint64_t> bytes) {
    if (bytes) metrics.set(metric, static_cast<double>(*bytes));
  };
  set(Metric::kANON, status.anon_bytes);
  set(Metric::kFILE, status.file_bytes);
  set(Metric::kSHMEM, status.shmem_bytes);
  set(Metric::kSWAP, status.swap_bytes);
  set(Metric::kHEAP, status.heap_bytes);
  set(Metric::kVIRTUAL, status.virtual_bytes);
  set(Metric::kRESIDENT, status.resident_bytes);
}

}  // namespace

ProcfsReader::Outcome ProcfsReader::read(std::int32_t pid, ProcessSample& sample, std::optional<int>& wait_status) {
  std::string_view text;
  if (const auto status = proc_.read(pid, "stat", text); status != proc::ReadStatus::kOk) return unusable(status);
  const auto stat = proc::parse_stat(text);
  if (!stat || stat->pid != pid) {
    ++losses_.malformed;
    return Outcome::kUnreadable;
  }
  if (stat->kernel_thread()) return Outcome::kKernelThread;
  sample.key = {pid, stat->start_ticks};
  sample.parent_pid = stat->parent_pid;
  sample.comm = stat->comm;
  sample.metrics.clear();
  set_counters(*stat, sample.metrics);
  set_cpu(*stat, sample.metrics);

  char path[32];
  *fmt::format_to_n(path, sizeof path - 1, "{}/status", pid).out = '\0';
  std::optional<proc::Status> status;
  if (const Outcome outcome = read_status(path, status); outcome != Outcome::kLiving) return outcome;
  sample.uid = status->uids[0];
  if (stat->ended()) {
    if (stat->wait_status && (*stat->wait_status != 0 || may_inspect(*status))) wait_status = stat->wait_status;
    return Outcome::kEnded;
  }
  if (stat->leader_ended()) read_status_of_a_thread(pid, status);
  sample.metrics.set(Metric::kTHREADS, static_cast<double>(stat->threads));
  set_memory(*status, sample.metrics);
  return Outcome::kLiving;
}

ProcfsReader::Outcome ProcfsReader::unusable(proc::ReadStatus status) {
  switch (status) {
    case proc::ReadStatus::kOk: return Outcome::kLiving;
    case proc::ReadStatus::kGone: return Outcome::kGone;
    case proc::ReadStatus::kDenied: return Outcome::kDenied;
    case proc::ReadStatus::kFailed: ++losses_.failed; break;
  }
  return Outcome::kUnreadable;
}

ProcfsReader::Outcome ProcfsReader::read_status(const char* path, std::optional<proc::Status>& status) {
  std::string_view text;
  if (const auto read = proc_.read(path, text); read != proc::ReadStatus::kOk) return unusable(read);
  status = proc::parse_status(text);
  if (status) return Outcome::kLiving;
  ++losses_.malformed;
  return Outcome::kUnreadable;
}

void ProcfsReader::read_status_of_a_thread(std::int32_t pid, std::optional<proc::Status>& status) {
  if (!proc_.list_pids(tids_, fmt::format("{}/task", pid).c_str())) return;
  for (const std::int32_t tid : tids_) {
    if (tid == pid) continue;
    std::optional<proc::Status> thread;
    if (read_status(fmt::format("{}/task/{}/status", pid, tid).c_str(), thread) != Outcome::kLiving) continue;
    if (!thread->virtual_bytes) continue;
    status = thread;
    return;
  }
}

// /proc counts in clock ticks, rounded down twice; the process's clock counts the same in nanoseconds.
void ProcfsReader::set_cpu(const proc::Stat& stat, MetricValues& metrics) const {
  const auto ticks = static_cast<double>(stat.user_ticks + stat.system_ticks);
  double seconds = ticks / static_cast<double>(proc::clock_ticks_per_second());
  if (cpu_clocks_) seconds = std::max(seconds, cpu_clock_seconds(stat.pid).value_or(0));
  metrics.set(Metric::kCPU, seconds);
}

}  // namespace pmon
