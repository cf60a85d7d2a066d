// SPDX-License-Identifier: Apache-2.0
#include "collect/procfs_collector.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "collect/proc_stat.h"
#include "collect/proc_system.h"

namespace pmon {

namespace {

// Limits change rarely, processes move to another cgroup even more so.
constexpr Timestamp kLimitAgeMs = 10'000;
constexpr Timestamp kCgroupAgeMs = 60'000;

Capabilities procfs_capabilities() {
  constexpr auto kPerThread =
      "/proc tells it of each thread alone, and not of those that ended; needs the ebpf collector";
  constexpr auto kNotInProc = "/proc does not tell it; needs the ebpf collector";
  Capabilities result;
  for (const MetricInfo& metric : metric_table()) result.add(metric.metric);
  for (const Metric metric : {Metric::kRUN_DELAY, Metric::kSWITCHES_VOLUNTARY, Metric::kSWITCHES_INVOLUNTARY}) {
    result.remove(metric, kPerThread);
  }
  for (const Metric metric :
       {Metric::kTHREADS_CREATED, Metric::kTHREADS_EXITED, Metric::kBRK, Metric::kMAPPED, Metric::kFAULTS_HEAP,
        Metric::kFAULTS_MMAP, Metric::kFAULTS_STACK, Metric::kFAULTS_FILE, Metric::kOOM_KILLS}) {
    result.remove(metric, kNotInProc);
  }
  using Mode = Feature::Mode;
  result.features = {
      {"short_lived_processes", Mode::kMissing, "a process that lives between two readings of /proc is not seen"},
      {"exit_status", Mode::kDegraded, "known only of a process that is still a zombie when /proc is read"},
      {"exec_events", Mode::kMissing, kNotInProc},
      {"oom_events", Mode::kMissing, kNotInProc},
      {"fault_regions", Mode::kMissing, kNotInProc},
  };
  return result;
}

double ticks_to_seconds(std::uint64_t ticks) {
  return static_cast<double>(ticks) / static_cast<double>(proc::clock_ticks_per_second());
}

}  // namespace

ProcfsCollector::ProcfsCollector(ProcfsReader reader, proc::MemoryLimits limits,
                                 std::optional<std::vector<std::int32_t>> only)
    : reader_(std::move(reader)),
      limits_(std::move(limits)),
      capabilities_(procfs_capabilities()),
      listed_(!only),
      pids_(std::move(only).value_or(std::vector<std::int32_t>())) {
  std::ranges::sort(pids_);
  const auto repeated = std::ranges::unique(pids_);
  pids_.erase(repeated.begin(), repeated.end());
  read_host();
}

Result<std::unique_ptr<ProcfsCollector>> ProcfsCollector::open(ProcfsOptions options) {
  auto directory = proc::Directory::open(options.paths.proc);
  if (!directory) return std::unexpected(directory.error());
  auto limits = proc::MemoryLimits::open(options.paths);
  if (!limits) return std::unexpected(limits.error());
  return std::unique_ptr<ProcfsCollector>(new ProcfsCollector(ProcfsReader(std::move(*directory), options.cpu_clocks),
                                                              std::move(*limits), std::move(options.only)));
}

void ProcfsCollector::read_host() {
  proc::Directory& proc = reader_.directory();
  std::string_view text;
  if (proc.read("stat", text) == proc::ReadStatus::kOk) boot_time_seconds_ = proc::parse_boot_time(text);
  if (!boot_time_seconds_) capabilities_.remove(Metric::kSTART_TIME, "/proc/stat does not tell when the host booted");

  if (listed_ && proc.read("self/mountinfo", text) == proc::ReadStatus::kOk) find_hidden(text);
}

void ProcfsCollector::find_hidden(std::string_view mountinfo) {
  const auto hidepid = proc::parse_hidepid(mountinfo, "/proc");
  // The option does not bind those with CAP_SYS_PTRACE or in the group of the option gid=: try.
  std::string_view text;
  if (!hidepid || reader_.directory().read("1/stat", text) == proc::ReadStatus::kOk) return;
  tell_hidden(fmt::format(
      "/proc is mounted with hidepid={}: only processes of the same user are seen; run as root, or in the group of "
      "its option gid=",
      *hidepid));
}

void ProcfsCollector::tell_hidden(const std::string& reason) {
  capabilities_.features.push_back({"other_users", Feature::Mode::kMissing, reason});
  notices_.push_back({Notice::Level::kWarning, "proc_hidden", reason});
}

// What could never be read is no loss of what was seen, but less to see; it is told once.
void ProcfsCollector::note_denied(std::int32_t pid) {
  const auto told = std::ranges::find(capabilities_.features, "other_users", &Feature::name);
  if (told != capabilities_.features.end()) return;
  tell_hidden(fmt::format("some processes may not be read, /proc/{} among them; run as root", pid));
}

Result<void> ProcfsCollector::collect(const Tick& tick, Snapshot& out) {
  out.clear();
  out.time = tick.now;
  if (listed_) {
    if (auto listed = reader_.directory().list_pids(pids_); !listed) return listed;
  }
  next_.clear();
  auto known = known_.begin();
  for (const std::int32_t pid : pids_) {
    for (; known != known_.end() && known->sample.key.pid < pid; ++known) end(*known, {}, tick, out);
    const bool same_pid = known != known_.end() && known->sample.key.pid == pid;
    visit(pid, same_pid ? &*known : nullptr, tick, out);
    if (same_pid) ++known;
  }
  for (; known != known_.end(); ++known) end(*known, {}, tick, out);
  known_.swap(next_);
  report_losses(out);
  out.notices = std::exchange(notices_, {});
  first_ = false;
  last_boottime_ns_ = tick.boottime_ns;
  return {};
}

// A process that is still there goes on to next_, zombies and unreadable ones included.
void ProcfsCollector::visit(std::int32_t pid, Known* known, const Tick& tick, Snapshot& out) {
  std::optional<int> wait_status;
  const ProcfsReader::Outcome outcome = reader_.read(pid, reading_, wait_status);
  switch (outcome) {
    case ProcfsReader::Outcome::kKernelThread:
    case ProcfsReader::Outcome::kGone:
      if (known != nullptr) end(*known, {}, tick, out);
      return;
    case ProcfsReader::Outcome::kDenied:
      if (known == nullptr) return note_denied(pid);
      ++denied_;
      [[fallthrough]];
    case ProcfsReader::Outcome::kUnreadable:
      // It lives, though nothing can be said of it at this tick.
      if (known != nullptr) next_.push_back(std::move(*known));
      return;
    case ProcfsReader::Outcome::kLiving:
    case ProcfsReader::Outcome::kEnded: break;
  }
  if (known != nullptr && known->sample.key != reading_.key) {  // the pid was given to another process
    end(*known, {}, tick, out);
    known = nullptr;
  }
  Known& process = known != nullptr ? next_.emplace_back(std::move(*known)) : next_.emplace_back();
  if (known == nullptr) begin(process);
  const bool living = outcome == ProcfsReader::Outcome::kLiving;
  update(process, living);
  if (living) {
    measure_limit(process, tick);
    out.processes.push_back(process.sample);
  } else {
    // A zombie that was one before we could see it is no news.
    process.ended = process.ended || (known == nullptr && !process.sample.born);
    end(process, wait_status, tick, out);
  }
  process.sample.born = false;  // said once
}

void ProcfsCollector::begin(Known& process) const {
  process.sample.key = reading_.key;
  process.sample.parent_pid = reading_.parent_pid;
  process.sample.born = born_since_last_tick(reading_.key.start_ticks);
}

// A zombie's memory is gone: what was last seen of it stays, as its counters' final values do.
void ProcfsCollector::update(Known& process, bool living) const {
  ProcessSample& sample = process.sample;
  sample.comm = reading_.comm;
  sample.uid = reading_.uid;
  // The two sources of CPU time may differ by a tick; a counter never goes backwards.
  const double cpu = std::max(reading_.metrics.at(Metric::kCPU), sample.metrics.get(Metric::kCPU).value_or(0));
  if (living) {
    sample.metrics = reading_.metrics;
  } else {
    for (const Metric counter : {Metric::kMINOR_FAULTS, Metric::kMAJOR_FAULTS}) {
      sample.metrics.set(counter, reading_.metrics.at(counter));
    }
  }
  sample.metrics.set(Metric::kCPU, cpu);
  if (boot_time_seconds_) {
    sample.metrics.set(Metric::kSTART_TIME,
                       static_cast<double>(*boot_time_seconds_) + ticks_to_seconds(sample.key.start_ticks));
  }
}

void ProcfsCollector::measure_limit(Known& process, const Tick& tick) {
  if (!process.cgroup_read_at || tick.now - *process.cgroup_read_at >= kCgroupAgeMs) {
    process.cgroup = limits_.cgroup_of(process.sample.key.pid);
    // The first time is spread by pid, so that all processes of the host do not fall due at one tick.
    const Timestamp spread = process.cgroup_read_at ? 0 : process.sample.key.pid % 60 * (kCgroupAgeMs / 60);
    process.cgroup_read_at = tick.now - spread;
  }
  if (const auto limit = limits_.bytes(process.cgroup, tick.now, kLimitAgeMs)) {
    process.sample.metrics.set(Metric::kMEMORY_LIMIT, static_cast<double>(*limit));
  }
}

// The lifetime is known to within one interval: the end is when its absence was seen.
void ProcfsCollector::end(Known& known, std::optional<int> wait_status, const Tick& tick, Snapshot& out) const {
  if (known.ended) return;
  known.ended = true;
  Exit exit;
  if (wait_status) {
    exit.code = WIFEXITED(*wait_status) ? WEXITSTATUS(*wait_status) : 0;
    exit.signal = WIFSIGNALED(*wait_status) ? WTERMSIG(*wait_status) : 0;
  }
  if (tick.boottime_ns != 0) {
    const double now = 1e-9 * static_cast<double>(tick.boottime_ns);
    exit.lifetime_seconds = std::max(0.0, now - ticks_to_seconds(known.sample.key.start_ticks));
  }
  out.processes.push_back(known.sample);
  out.processes.back().exit = exit;
}

// Being new to us is not enough: a process may have been there all along, unreadable.
bool ProcfsCollector::born_since_last_tick(std::uint64_t start_ticks) const {
  if (first_) return false;
  const double resolution = ticks_to_seconds(1);
  return ticks_to_seconds(start_ticks) + resolution > 1e-9 * static_cast<double>(last_boottime_ns_);
}

void ProcfsCollector::report_losses(Snapshot& out) const {
  const ProcfsReader::Losses& losses = reader_.losses();
  out.losses.push_back({"proc_denied", denied_});
  out.losses.push_back({"proc_malformed", losses.malformed});
  out.losses.push_back({"proc_failed", losses.failed});
}

}  // namespace pmon
