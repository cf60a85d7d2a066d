// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "collect/collector.h"
#include "pmon/snapshot.h"
#include "recording/header.h"

namespace pmon::recording {

inline Capabilities everything() {
  Capabilities all;
  for (const MetricInfo& row : metric_table()) all.add(row.metric);
  return all;
}

inline Header a_header() {
  Header header;
  header.interval_ms = 1000;
  header.host.boot_id = "boot";
  header.collector = "ebpf";
  header.capabilities = everything();
  return header;
}

// The n-th second of a recording.
inline Tick tick_at(int n) {
  const Timestamp now = 1'700'000'000'000 + n * 1000;
  return {now, 5'000'000'000 + static_cast<std::uint64_t>(n) * 1'000'000'007, now + 3};
}

// Everything that a snapshot says, as text: two that say the same are equal, to the last bit of each value.
inline std::string text_of(const Snapshot& snapshot) {
  const auto bits = [](double value) { return fmt::format("{:x}", std::bit_cast<std::uint64_t>(value)); };
  const auto whole = [](const auto& value) { return value ? fmt::format("{}", *value) : std::string("-"); };
  std::string text = fmt::format("time {}\n", snapshot.time);
  for (const ProcessSample& p : snapshot.processes) {
    text += fmt::format("{}@{} parent {} uid {} cgroup {} execs {} slot {} born {} comm {}:{}", p.key.pid,
                        p.key.start_ticks, p.parent_pid, p.uid, p.cgroup_id, p.exec_count, p.slot, p.born,
                        p.comm.size(), p.comm);
    if (p.exit) {
      text += fmt::format(" exit {} {} {}", whole(p.exit->code), whole(p.exit->signal),
                          p.exit->lifetime_seconds ? bits(*p.exit->lifetime_seconds) : "-");
    }
    for (const MetricInfo& row : metric_table()) {
      if (p.metrics.has(row.metric))
        text += fmt::format(" {}={}", static_cast<int>(row.metric), bits(p.metrics.at(row.metric)));
    }
    text += '\n';
  }
  for (const LifecycleEvent& e : snapshot.events) {
    text += fmt::format("event {} {}@{} {}\n", static_cast<int>(e.kind), e.key.pid, e.key.start_ticks, e.comm);
  }
  for (const Loss& l : snapshot.losses) text += fmt::format("loss {} {} {}\n", l.cause, l.total, l.healed);
  for (const Notice& n : snapshot.notices)
    text += fmt::format("notice {} {} {}\n", static_cast<int>(n.level), n.code, n.text);
  return text;
}

// A host whose processes are born, work, change every field they have, and end, by a seed.
class RandomHost {
 public:
  explicit RandomHost(std::uint32_t seed) : random_(seed) {}

  Snapshot snapshot(int n) {
    Snapshot out;
    out.time = tick_at(n).now - below(2);
    std::erase_if(processes_, [](const ProcessSample& process) { return process.exit.has_value(); });
    for (ProcessSample& process : processes_) change(process);
    for (int births = below(n == 0 ? 20 : 4); births > 0; --births) insert(n > 0);
    if (one_in(10) && !processes_.empty()) std::swap(any(), any());  // a collector need not keep to an order
    out.processes = processes_;
    if (one_in(6) && !processes_.empty()) processes_.erase(processes_.begin());  // gone without an exit
    if (one_in(3)) out.events.push_back({LifecycleEvent::Kind::kExec, {below(9), 7}, bytes()});
    if (one_in(5)) out.events.push_back({LifecycleEvent::Kind::kOomKill, {below(9), 0}, ""});
    if (one_in(8)) losses_.push_back({bytes(), random_(), one_in(2)});
    out.losses = losses_;
    if (one_in(5)) out.notices.push_back({static_cast<Notice::Level>(below(3)), "code", bytes()});
    return out;
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }
  bool one_in(int chances) { return below(chances) == 0; }
  ProcessSample& any() { return processes_[random_() % processes_.size()]; }
  std::string bytes() {
    std::string text(static_cast<std::size_t>(below(15)), '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }
  double value() {
    switch (below(8)) {
      case 0: return std::bit_cast<double>((std::uint64_t{random_()} << 32) | random_());  // NaNs and infinities, too
      case 1: return 0.0;
      case 2: return -0.0;
      case 3: return 4096.0 * random_();
      case 4: return static_cast<double>(random_()) / 1e9;
      case 5: return static_cast<double>(random_()) / 100;
      case 6: return 1e300;
      default: return random_();
    }
  }
  void change(ProcessSample& process) {
    process.born = false;
    if (one_in(2)) return;
    if (one_in(9)) process.comm = bytes();
    if (one_in(9)) process.uid = random_();
    if (one_in(9)) process.cgroup_id = (std::uint64_t{random_()} << 32) | random_();
    if (one_in(9)) ++process.exec_count;
    if (one_in(9)) process.slot = random_();
    if (one_in(9)) process.parent_pid = below(5) - 1;
    if (one_in(9)) process.metrics.clear();
    for (const MetricInfo& row : metric_table()) {
      if (one_in(4)) process.metrics.set(row.metric, value());
    }
    if (!one_in(9)) return;
    process.exit.emplace();
    if (one_in(2)) process.exit->code = below(300) - 20;
    if (one_in(2)) process.exit->signal = below(64);
    if (one_in(2)) process.exit->lifetime_seconds = value();
  }
  void insert(bool born) {
    ProcessSample process;
    process.key = {static_cast<std::int32_t>(random_()), random_()};
    change(process);
    process.born = born && one_in(2);
    processes_.insert(processes_.begin() + below(static_cast<int>(processes_.size()) + 1), process);
  }

  std::mt19937 random_;
  std::vector<ProcessSample> processes_;
  std::vector<Loss> losses_;
};

}  // namespace pmon::recording
