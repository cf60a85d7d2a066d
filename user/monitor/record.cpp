// SPDX-License-Identifier: Apache-2.0
#include "monitor/record.h"

#include <utility>

#include "monitor/following.h"
#include "monitor/record_session.h"

namespace pmon::monitor {

namespace {

bool names_targets(const WatchOptions& options) {
  return !options.pids.empty() || !options.names.empty() || !options.units.empty() || !options.cgroups.empty() ||
         !options.command.empty();
}

}  // namespace

Result<RecordSummary> record(const RecordOptions& options, const std::function<void(const Notice&)>& tell) {
  auto following = Following::open(options.watch, !names_targets(options.watch));
  if (!following) return std::unexpected(following.error());
  std::unique_ptr<Collector> collector = following->take_collector();
  recording::Header header;
  header.interval_ms = options.watch.interval_ms;
  header.host = recording::this_host();
  header.collector = collector->name();
  header.capabilities = collector->capabilities();
  const SystemClock clock;
  auto writer = recording::RecordingWriter::open(options.file, std::move(header), clock.now());
  if (!writer) return std::unexpected(writer.error());

  RecordSession session(
      {std::move(collector), following->take_targets(), std::move(*writer), following->take_notices()}, clock, tell);
  if (auto done = following->run(session, options.watch, clock); !done) return std::unexpected(done.error());
  if (auto finished = session.finish(); !finished) return std::unexpected(finished.error());
  return RecordSummary{session.writer().ticks(), session.writer().files(), session.writer().bytes()};
}

}  // namespace pmon::monitor
