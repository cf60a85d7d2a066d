// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "recording/format.h"
#include "recording/snapshot_codec.h"
#include "recording/value_codec.h"

namespace pmon::recording {

namespace {

constexpr Timestamp kLatest = 253'402'300'799'999;  // the end of the year 9999
constexpr std::uint64_t kMostEvents = 1U << 20;
constexpr std::uint64_t kMostLosses = 4096;
constexpr std::uint64_t kMostNotices = 65'536;

std::int32_t decode_pid(WireReader& in) {
  const std::int64_t pid = in.signed_varint();
  if (pid < std::numeric_limits<std::int32_t>::min() || pid > std::numeric_limits<std::int32_t>::max()) in.fail();
  return static_cast<std::int32_t>(pid);
}

Exit decode_exit(WireReader& in) {
  Exit exit;
  const std::uint8_t present = in.byte();
  if (present > 7) in.fail();
  if ((present & 1) != 0) exit.code = decode_pid(in);  // an int, too
  if ((present & 2) != 0) exit.signal = decode_pid(in);
  if ((present & 4) != 0) exit.lifetime_seconds = decode_value(std::nullopt, in);
  return exit;
}

// A count of things that take at least a byte each.
std::uint64_t decode_count(WireReader& in, std::uint64_t most) {
  const std::uint64_t count = in.varint();
  if (count > most || count > in.left()) in.fail();
  return in.ok() ? count : 0;
}

bool decode_flag(WireReader& in) {
  const std::uint8_t flag = in.byte();
  if (flag > 1) in.fail();
  return flag == 1;
}

void decode_events(WireReader& in, Snapshot& out) {
  for (std::uint64_t left = decode_count(in, kMostEvents); left > 0 && in.ok(); --left) {
    const std::uint8_t kind = in.byte();
    if (kind > static_cast<std::uint8_t>(LifecycleEvent::Kind::kOomKill)) in.fail();
    const ProcessKey key{decode_pid(in), in.varint()};
    out.events.push_back({static_cast<LifecycleEvent::Kind>(kind), key, std::string(in.text())});
  }
}

void decode_notices(WireReader& in, Snapshot& out) {
  for (std::uint64_t left = decode_count(in, kMostNotices); left > 0 && in.ok(); --left) {
    const std::uint8_t level = in.byte();
    if (level > static_cast<std::uint8_t>(Notice::Level::kError)) in.fail();
    std::string code(in.text());
    out.notices.push_back({static_cast<Notice::Level>(level), std::move(code), std::string(in.text())});
  }
}

}  // namespace

bool is_possible(const Tick& tick) {
  const auto possible = [](Timestamp time) { return time >= 0 && time <= kLatest; };
  return possible(tick.now) && possible(tick.wall);
}

// `presence`: whether the mask of the metrics that the process has comes first.
void SnapshotDecoder::decode_metrics(WireReader& in, bool presence, MetricValues& values) const {
  if (!presence) return;
  const std::uint64_t present = in.varint();
  MetricValues kept;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if ((present >> i & 1) != 0 && columns_[i] && values.has(*columns_[i])) {
      kept.set(*columns_[i], values.at(*columns_[i]));
    }
  }
  values = kept;
}

void SnapshotDecoder::decode_fields(WireReader& in, ProcessSample& process) const {
  const std::uint64_t fields = in.varint();
  if (fields > kAllFields) in.fail();
  if ((fields & kParent) != 0) process.parent_pid = decode_pid(in);
  if ((fields & kUid) != 0) process.uid = in.narrow<std::uint32_t>();
  if ((fields & kCgroup) != 0) process.cgroup_id = in.varint();
  if ((fields & kExecCount) != 0) process.exec_count = in.narrow<std::uint32_t>();
  if ((fields & kSlot) != 0) process.slot = in.narrow<std::uint32_t>();
  if ((fields & kComm) != 0) process.comm = in.text();
  process.born = (fields & kBorn) != 0;
  if ((fields & kExit) != 0) process.exit = decode_exit(in);
  decode_metrics(in, (fields & kPresence) != 0, process.metrics);
  if ((fields & kValues) == 0) return;
  for (std::uint64_t left = in.varint(); left != 0 && in.ok(); left &= left - 1) {
    const auto column = static_cast<std::size_t>(std::countr_zero(left));
    if (column >= columns_.size()) return in.fail();
    const std::optional<Metric> metric = columns_[column];
    const double value = decode_value(metric ? process.metrics.get(*metric) : std::nullopt, in);
    if (metric) process.metrics.set(*metric, value);
  }
}

void SnapshotDecoder::skip_taken() {
  while (cursor_ < living_.size() && taken_[cursor_]) ++cursor_;
}

void SnapshotDecoder::append_same(std::uint64_t count, WireReader& in, Snapshot& out) {
  for (; count > 0; --count) {
    skip_taken();
    if (cursor_ == living_.size() || out.processes.size() >= kMostProcesses) return in.fail();
    taken_[cursor_] = true;
    out.processes.push_back(living_[cursor_++]);
  }
}

void SnapshotDecoder::decode_processes(WireReader& in, Snapshot& out) {
  taken_.assign(living_.size(), false);
  cursor_ = 0;
  while (in.ok()) {
    const auto op = static_cast<ProcessOp>(in.byte());
    if (op == ProcessOp::kEnd) return;
    if (out.processes.size() >= kMostProcesses) return in.fail();
    switch (op) {
      case ProcessOp::kEnd: return;
      case ProcessOp::kSame: append_same(in.varint(), in, out); continue;
      case ProcessOp::kSkip:
        for (std::uint64_t count = in.varint(); count > 0; --count) {
          skip_taken();
          if (cursor_ == living_.size()) return in.fail();
          ++cursor_;
        }
        skip_taken();
        continue;
      case ProcessOp::kChanged: append_same(1, in, out); break;
      case ProcessOp::kAt: {
        const std::uint64_t position = in.varint();
        if (position >= living_.size() || taken_[position]) return in.fail();
        taken_[position] = true;
        out.processes.push_back(living_[position]);
        break;
      }
      case ProcessOp::kNew: {
        ProcessSample& process = out.processes.emplace_back();
        process.key.pid = decode_pid(in);
        process.key.start_ticks = in.varint();
        break;
      }
      default: return in.fail();  // a byte of a file, not only an enumerator
    }
    if (in.ok()) decode_fields(in, out.processes.back());
  }
}

void SnapshotDecoder::decode_losses(WireReader& in, Snapshot& out) {
  const std::uint64_t word = decode_count(in, kMostLosses + 1);
  if (word != 0) losses_.clear();
  for (std::uint64_t left = word; left > 1 && in.ok(); --left) {
    Loss& loss = losses_.emplace_back();
    loss.cause = in.text();
    loss.total = in.varint();
    loss.healed = decode_flag(in);
  }
  out.losses = losses_;
}

bool SnapshotDecoder::decode_tick(WireReader& in, Tick& tick) {
  tick.now = wrapping_add(tick_.now, in.signed_varint());
  tick.boottime_ns = tick_.boottime_ns + static_cast<std::uint64_t>(in.signed_varint());
  tick.wall = wrapping_add(tick_.wall, in.signed_varint());
  return in.ok() && is_possible(tick);
}

std::string SnapshotDecoder::decode(std::string_view payload, bool key, Tick& tick, Snapshot& out) {
  out.clear();
  if (key) {
    tick_ = {};
    living_.clear();
  } else if (!begun_) {
    return "a delta frame without a key frame before it";
  }
  WireReader in(payload);
  if (!decode_tick(in, tick)) return "its time is none";
  out.time = wrapping_add(tick.now, in.signed_varint());
  decode_processes(in, out);
  decode_events(in, out);
  decode_losses(in, out);
  decode_notices(in, out);
  begun_ = in.ok();
  if (!in.ok()) return "its content is not what its kind says";
  if (!in.at_end()) return "more follows its content";
  tick_ = tick;
  std::size_t kept = 0;
  living_.resize(std::max(living_.size(), out.processes.size()));
  for (const ProcessSample& process : out.processes) {
    if (process.exit) continue;
    living_[kept] = process;
    living_[kept++].born = false;
  }
  living_.resize(kept);
  return "";
}

}  // namespace pmon::recording
