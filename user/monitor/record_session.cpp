// SPDX-License-Identifier: Apache-2.0
#include "monitor/record_session.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace pmon::monitor {

RecordSession::RecordSession(Parts parts, const Clock& clock, std::function<void(const Notice&)> tell)
    : collector_(std::move(parts.collector)),
      targets_(std::move(parts.targets)),
      writer_(std::move(parts.writer)),
      notices_(std::move(parts.notices)),
      clock_(clock),
      tell_(std::move(tell)) {
  for (const Notice& notice : notices_) tell_(notice);
  // Each file's header has the features.
  std::erase_if(notices_, [](const Notice& notice) { return notice.code.starts_with("feature_"); });
}

// Leaves out all processes that are no targets, and their events.
void RecordSession::keep_targets() {
  const std::vector<TargetNumber>& numbers = targets_.update(snapshot_);
  if (targets_.changed()) collector_->watch(targets_.to_watch(snapshot_));
  if (std::ranges::find(numbers, TargetNumber{0}) == numbers.end()) return;
  std::size_t kept = 0;
  std::unordered_set<std::int32_t> pids;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == 0) continue;
    pids.insert(snapshot_.processes[i].key.pid);
    if (kept != i) std::swap(snapshot_.processes[kept], snapshot_.processes[i]);
    ++kept;
  }
  snapshot_.processes.resize(kept);
  std::erase_if(snapshot_.events, [&pids](const LifecycleEvent& event) { return !pids.contains(event.key.pid); });
}

Result<bool> RecordSession::tick() {
  const Tick tick = clock_.now();
  if (const auto collected = collector_->collect(tick, snapshot_); !collected) {
    const std::string what = collected.error().text();
    if (!std::exchange(failing_, true)) tell_({Notice::Level::kError, "collect_failed", what});
    if (auto written = writer_.append_failure(tick, what); !written) return std::unexpected(written.error());
    return true;
  }
  failing_ = false;
  for (const Notice& notice : snapshot_.notices) tell_(notice);
  std::ranges::move(notices_, std::back_inserter(snapshot_.notices));
  notices_.clear();
  keep_targets();
  auto written = writer_.append(tick, snapshot_, collector_->capabilities());
  if (!written) return std::unexpected(written.error());
  return true;
}

void RecordSession::tell_still_running(std::int32_t pid, const std::string& program) {
  tell_(
      {Notice::Level::kInfo, "command_runs_on", fmt::format("{} (pid {}) runs on, no longer recorded", program, pid)});
}

}  // namespace pmon::monitor
