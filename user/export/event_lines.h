// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "export/output.h"
#include "pmon/alert.h"
#include "pmon/snapshot.h"

namespace pmon {

enum class EventKind : std::uint8_t { kAlert, kExit, kExec, kOomKill, kNotice };
// As `type` in docs/output.md.
inline constexpr std::array<std::string_view, 5> kEventWords = {"alert", "exit", "exec", "oom_kill", "notice"};

// Which events a sink takes.
class EventKinds {
 public:
  EventKinds() = default;
  [[nodiscard]] static EventKinds all();
  void add(EventKind kind) { bits_.set(static_cast<std::size_t>(kind)); }
  [[nodiscard]] bool has(EventKind kind) const { return bits_.test(static_cast<std::size_t>(kind)); }
  [[nodiscard]] bool empty() const { return bits_.none(); }

 private:
  std::bitset<kEventWords.size()> bits_;
};

// Something that happened, as one line of docs/output.md's JSON, without the line break.
struct EventLine {
  EventKind kind = EventKind::kNotice;
  Timestamp time = 0;
  std::string severity;   // an alert's
  std::string alertname;  // an alert's
  std::string json;
};

// The events of one tick. A storm of short-lived processes must not cost more than a tick has time for: beyond
// kMostLifecycle, exits and execs are only counted.
class EventLines {
 public:
  static constexpr std::size_t kMostLifecycle = 1000;

  explicit EventLines(EventKinds kinds) : kinds_(kinds) {}
  void alert(const AlertNotice& notice, const Evidence& evidence);
  void exit(Timestamp time, const ProcessSample& process);
  void event(Timestamp time, const LifecycleEvent& event);
  void notice(Timestamp time, const Notice& notice);

  [[nodiscard]] std::vector<EventLine> take();
  // Exits and execs that were too many, since the beginning.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

 private:
  [[nodiscard]] bool has_room();

  EventKinds kinds_;
  std::vector<EventLine> lines_;
  std::size_t lifecycle_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace pmon
