// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "recording/format.h"
#include "recording/snapshot_codec.h"
#include "recording/value_codec.h"

namespace pmon::recording {

namespace {

static_assert(kMetricCount <= kMostMetrics, "a bit of a mask for each");

std::uint64_t presence_of(const MetricValues& values) {
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (values.has(static_cast<Metric>(i))) mask |= std::uint64_t{1} << i;
  }
  return mask;
}

// Of those present now: new, or with other bits than before.
std::uint64_t changed_values(const MetricValues& now, const MetricValues& before) {
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto metric = static_cast<Metric>(i);
    if (!now.has(metric)) continue;
    const bool same = before.has(metric) &&
                      std::bit_cast<std::uint64_t>(now.at(metric)) == std::bit_cast<std::uint64_t>(before.at(metric));
    if (!same) mask |= std::uint64_t{1} << i;
  }
  return mask;
}

struct Difference {
  std::uint64_t fields = 0;
  std::uint64_t presence = 0;
  std::uint64_t values = 0;
};

Difference difference(const ProcessSample& now, const ProcessSample& before) {
  Difference found;
  const auto mark = [&found](bool differs, ProcessField field) {
    if (differs) found.fields |= field;
  };
  mark(now.parent_pid != before.parent_pid, kParent);
  mark(now.uid != before.uid, kUid);
  mark(now.cgroup_id != before.cgroup_id, kCgroup);
  mark(now.exec_count != before.exec_count, kExecCount);
  mark(now.slot != before.slot, kSlot);
  mark(now.comm != before.comm, kComm);
  mark(now.born, kBorn);
  mark(now.exit.has_value(), kExit);
  found.presence = presence_of(now.metrics);
  mark(found.presence != presence_of(before.metrics), kPresence);
  found.values = changed_values(now.metrics, before.metrics);
  mark(found.values != 0, kValues);
  return found;
}

void encode_exit(const Exit& exit, WireWriter& out) {
  out.byte(static_cast<std::uint8_t>((exit.code ? 1 : 0) | (exit.signal ? 2 : 0) | (exit.lifetime_seconds ? 4 : 0)));
  if (exit.code) out.signed_varint(*exit.code);
  if (exit.signal) out.signed_varint(*exit.signal);
  if (exit.lifetime_seconds) encode_value(*exit.lifetime_seconds, std::nullopt, out);
}

void encode_fields(const ProcessSample& now, const ProcessSample& before, const Difference& what, WireWriter& out) {
  out.varint(what.fields);
  if ((what.fields & kParent) != 0) out.signed_varint(now.parent_pid);
  if ((what.fields & kUid) != 0) out.varint(now.uid);
  if ((what.fields & kCgroup) != 0) out.varint(now.cgroup_id);
  if ((what.fields & kExecCount) != 0) out.varint(now.exec_count);
  if ((what.fields & kSlot) != 0) out.varint(now.slot);
  if ((what.fields & kComm) != 0) out.text(now.comm);
  if ((what.fields & kExit) != 0) encode_exit(*now.exit, out);
  if ((what.fields & kPresence) != 0) out.varint(what.presence);
  if ((what.fields & kValues) == 0) return;
  out.varint(what.values);
  for (std::uint64_t left = what.values; left != 0; left &= left - 1) {
    const auto metric = static_cast<Metric>(std::countr_zero(left));
    encode_value(now.metrics.at(metric), before.metrics.get(metric), out);
  }
}

void op(ProcessOp code, WireWriter& out) { out.byte(static_cast<std::uint8_t>(code)); }

}  // namespace

void SnapshotEncoder::flush_same(WireWriter& out) {
  if (same_ == 0) return;
  op(ProcessOp::kSame, out);
  out.varint(same_);
  same_ = 0;
}

// The position of a process of the tick before that was not yet named at this one.
std::size_t SnapshotEncoder::find(const ProcessKey& key) {
  if (positions_.empty()) {
    for (std::size_t i = 0; i < living_.size(); ++i) positions_.try_emplace(living_[i].key, i);
  }
  const auto found = positions_.find(key);
  return found == positions_.end() || taken_[found->second] ? kNone : found->second;
}

void SnapshotEncoder::encode_one(const ProcessSample& process, WireWriter& out) {
  while (cursor_ < living_.size() && taken_[cursor_]) ++cursor_;
  std::size_t position = cursor_;
  bool in_order = cursor_ < living_.size() && living_[cursor_].key == process.key;
  if (!in_order) {
    flush_same(out);
    position = find(process.key);
    // One that ended may be named ahead of the others; any other that is further on says that those between are gone.
    if (position != kNone && position > cursor_ && !process.exit) {
      op(ProcessOp::kSkip, out);
      const auto between = taken_.begin() + static_cast<std::ptrdiff_t>(cursor_);
      out.varint(static_cast<std::uint64_t>(
          std::count(between, taken_.begin() + static_cast<std::ptrdiff_t>(position), false)));
      cursor_ = position;
      in_order = true;
    }
  }
  if (position == kNone) {
    op(ProcessOp::kNew, out);
    out.signed_varint(process.key.pid);
    out.varint(process.key.start_ticks);
    const ProcessSample nothing;
    encode_fields(process, nothing, difference(process, nothing), out);
    return;
  }
  const Difference what = difference(process, living_[position]);
  taken_[position] = true;
  if (in_order) {
    ++cursor_;
    if (what.fields == 0) {
      ++same_;
      return;
    }
    flush_same(out);
    op(ProcessOp::kChanged, out);
  } else {
    op(ProcessOp::kAt, out);
    out.varint(position);
  }
  encode_fields(process, living_[position], what, out);
}

void SnapshotEncoder::encode_processes(const Snapshot& snapshot, WireWriter& out) {
  taken_.assign(living_.size(), false);
  positions_.clear();
  cursor_ = 0;
  for (const ProcessSample& process : snapshot.processes) encode_one(process, out);
  flush_same(out);
  op(ProcessOp::kEnd, out);

  std::size_t kept = 0;
  living_.resize(std::max(living_.size(), snapshot.processes.size()));
  for (const ProcessSample& process : snapshot.processes) {
    if (!process.exit) living_[kept++] = process;
  }
  living_.resize(kept);
}

void SnapshotEncoder::encode_losses(const std::vector<Loss>& losses, bool key, WireWriter& out) {
  const auto same = [](const Loss& a, const Loss& b) {
    return a.cause == b.cause && a.total == b.total && a.healed == b.healed;
  };
  if (!key && std::ranges::equal(losses, losses_, same)) {
    out.varint(0);
    return;
  }
  out.varint(losses.size() + 1);
  for (const Loss& loss : losses) {
    out.text(loss.cause);
    out.varint(loss.total);
    out.byte(loss.healed ? 1 : 0);
  }
  losses_ = losses;
}

void SnapshotEncoder::encode(const Tick& tick, const Snapshot& snapshot, bool key, std::string& out) {
  if (key) {
    tick_ = {};
    living_.clear();
  }
  WireWriter writer(out);
  writer.signed_varint(wrapping_difference(tick.now, tick_.now));
  writer.signed_varint(static_cast<std::int64_t>(tick.boottime_ns - tick_.boottime_ns));
  writer.signed_varint(wrapping_difference(tick.wall, tick_.wall));
  writer.signed_varint(wrapping_difference(snapshot.time, tick.now));
  tick_ = tick;
  encode_processes(snapshot, writer);
  writer.varint(snapshot.events.size());
  for (const LifecycleEvent& event : snapshot.events) {
    writer.byte(static_cast<std::uint8_t>(event.kind));
    writer.signed_varint(event.key.pid);
    writer.varint(event.key.start_ticks);
    writer.text(event.comm);
  }
  encode_losses(snapshot.losses, key, writer);
  writer.varint(snapshot.notices.size());
  for (const Notice& notice : snapshot.notices) {
    writer.byte(static_cast<std::uint8_t>(notice.level));
    writer.text(notice.code);
    writer.text(notice.text);
  }
}

}  // namespace pmon::recording
