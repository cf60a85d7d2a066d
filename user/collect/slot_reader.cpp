// SPDX-License-Identifier: Apache-2.0
#include "collect/slot_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>

namespace pmon {

namespace {

constexpr Timestamp kLimitAge = 30'000;  // a changed memory.max is seen within half a minute

// Raw to shown, by slot value. Nanoseconds are divided: 1e-9 is no exact double, and the error would show
// in the last digits.
struct Scale {
  double times = 1;
  double over = 1;
};

const std::array<Scale, PMON_VALUE_COUNT>& scales() {
  static const std::array<Scale, PMON_VALUE_COUNT> table = [] {
    std::array<Scale, PMON_VALUE_COUNT> scale{};
    for (std::size_t i = 0; i < scale.size(); ++i) {
      const RawUnit raw = metric_table()[i].raw;
      scale[i] = raw == RawUnit::kNanoseconds ? Scale{1, 1e9} : Scale{raw_scale(raw), 1};
    }
    return scale;
  }();
  return table;
}

bool is_region(std::size_t value) { return value >= PMON_V_FAULTS_HEAP && value <= PMON_V_FAULTS_FILE; }

// The kernel writes while we read; each value is read once and whole, and before those that are read after it.
std::uint64_t load(const __u64& value) {
  return std::atomic_ref(const_cast<__u64&>(value)).load(std::memory_order_acquire);
}

}  // namespace

SlotReader::SlotReader(proc::MemoryLimits limits, bool regions, bool mapped)
    : limits_(std::move(limits)), regions_(regions), mapped_(mapped) {}

void SlotReader::set_boot(Timestamp now, std::uint64_t boottime_ns) {
  boot_seconds_ = static_cast<double>(now) / 1000 - static_cast<double>(boottime_ns) * 1e-9;
}

ProcessKey SlotReader::key_of(const pmon_slot& slot) {
  static const auto ticks_per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return {static_cast<std::int32_t>(slot.tgid), slot.start_boottime_ns / (1'000'000'000 / ticks_per_second)};
}

Exit SlotReader::exit_of(const pmon_slot& slot) {
  Exit exit;
  if (slot.exit_boottime_ns == 0) return exit;  // its end was missed
  exit.signal = slot.wait_status & 0x7f;
  exit.code = (slot.wait_status >> 8) & 0xff;
  if (slot.exit_boottime_ns > slot.start_boottime_ns) {
    exit.lifetime_seconds = static_cast<double>(slot.exit_boottime_ns - slot.start_boottime_ns) * 1e-9;
  }
  return exit;
}

std::optional<std::uint64_t> SlotReader::memory_limit(const pmon_slot& slot, Timestamp now) {
  if (slot.memory_cgroup_id == 0) return limits_.host_bytes();
  const bool living = slot.state == PMON_SLOT_ACTIVE;
  const auto found = by_cgroup_.find(slot.memory_cgroup_id);
  if (found != by_cgroup_.end() && (!living || now - found->second.read_at < kLimitAge)) return found->second.bytes;
  if (!living) return std::nullopt;
  // Asked of a living member again and again: the first one may have been moved or have ended meanwhile.
  const proc::MemoryLimits::CgroupRef cgroup = limits_.cgroup_of(static_cast<std::int32_t>(slot.tgid));
  if (cgroup == nullptr) return found != by_cgroup_.end() ? found->second.bytes : std::nullopt;
  forget_gone_cgroups(now);
  return by_cgroup_.insert_or_assign(slot.memory_cgroup_id, Limit{limits_.bytes(cgroup, now, 0), now})
      .first->second.bytes;
}

// They come and go, and their ids are never given again; those that live were read lately.
void SlotReader::forget_gone_cgroups(Timestamp now) {
  if (by_cgroup_.size() < forget_at_) return;
  std::erase_if(by_cgroup_, [now](const auto& known) { return now - known.second.read_at > 2 * kLimitAge; });
  forget_at_ = std::max(kFewCgroups, 2 * by_cgroup_.size());
}

void SlotReader::read(const pmon_slot& slot, std::uint32_t number, Timestamp now, ProcessSample& out) {
  out.key = key_of(slot);
  out.parent_pid = static_cast<std::int32_t>(slot.ppid);
  out.uid = slot.uid;
  out.cgroup_id = slot.cgroup_id;
  out.exec_count = slot.exec_count;
  out.slot = number;
  out.comm.assign(slot.comm, strnlen(slot.comm, PMON_COMM_LEN));
  out.metrics.clear();
  // Before those created, so that a thread which comes and goes meanwhile leaves no fewer than there are.
  const auto exited = static_cast<double>(load(slot.value[PMON_V_THREADS_EXITED]));
  for (std::size_t i = 0; i < PMON_VALUE_COUNT; ++i) {
    if (is_region(i) && (!regions_ || slot.watched == 0)) continue;
    if (i == PMON_V_MAPPED && !mapped_) continue;
    const Scale& scale = scales()[i];
    out.metrics.set(static_cast<Metric>(i), static_cast<double>(load(slot.value[i])) * scale.times / scale.over);
  }
  const MetricValues& values = out.metrics;
  out.metrics.set(Metric::kTHREADS_EXITED, exited);
  out.metrics.set(Metric::kTHREADS, values.at(Metric::kTHREADS_CREATED) - exited);
  out.metrics.set(Metric::kRESIDENT, values.at(Metric::kANON) + values.at(Metric::kFILE) + values.at(Metric::kSHMEM));
  out.metrics.set(Metric::kSTART_TIME, boot_seconds_ + static_cast<double>(slot.start_boottime_ns) * 1e-9);
  if (const auto limit = memory_limit(slot, now)) {
    out.metrics.set(Metric::kMEMORY_LIMIT, static_cast<double>(*limit));
  }
  if (slot.oom_killed != 0) out.metrics.set(Metric::kOOM_KILLS, 1);
}

}  // namespace pmon
