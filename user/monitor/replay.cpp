// SPDX-License-Identifier: Apache-2.0
#include "monitor/replay.h"

#include <utility>

#include <fmt/format.h>

#include "monitor/clock.h"
#include "monitor/open_collector.h"
#include "monitor/watch_session.h"

namespace pmon::monitor {

namespace {

// What time it was when the recording was made.
class ReplayClock final : public Clock {
 public:
  explicit ReplayClock(const recording::ReplayCollector& recorded) : recorded_(recorded) {}
  [[nodiscard]] Tick now() const override { return recorded_.tick(); }

 private:
  const recording::ReplayCollector& recorded_;
};

void show(const std::vector<Notice>& notices, Timestamp time, Output& output) {
  for (const Notice& notice : notices) output.notice(time, notice);
}

}  // namespace

Result<WatchSummary> replay(const ReplayOptions& options, std::vector<rules::Group> rules,
                            std::unique_ptr<recording::ReplayCollector> recorded, Output& output) {
  WatchOptions watched;
  watched.interval_ms = recorded->header().interval_ms;
  watched.samples = options.samples;
  watched.lifecycle = options.samples || !options.names.empty();
  TargetSpec spec;
  spec.names = options.names;
  spec.everything = options.names.empty();
  spec.recorded = true;
  spec.wait = true;
  auto targets = Targets::make(std::move(spec));
  if (!targets) return std::unexpected(targets.error());

  recording::ReplayCollector& collector = *recorded;
  const ReplayClock clock(collector);
  std::vector<Notice> notices = feature_notices(collector.capabilities());
  WatchSession session(watched, {std::move(recorded), std::move(*targets), {std::move(rules), {}}, std::move(notices)},
                       clock, output);
  while (true) {
    const auto more = collector.next();
    show(collector.take_notices(), collector.tick().wall, output);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    const auto listening = session.tick();
    if (!listening) return std::unexpected(listening.error());
    if (!*listening) break;
  }
  WatchSummary summary = session.summary();
  // What this replay costs is no part of what happened then.
  summary.own_cpu_seconds.reset();
  summary.own_start_cpu_seconds.reset();
  summary.own_peak_rss_bytes.reset();
  if (summary.processes_seen == 0 && !options.names.empty()) {
    output.notice(summary.time,
                  {Notice::Level::kWarning, "no_target",
                   fmt::format("no process of the recording matches --name '{}'", options.names.front())});
  }
  return summary;
}

}  // namespace pmon::monitor
