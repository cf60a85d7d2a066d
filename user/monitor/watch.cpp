// SPDX-License-Identifier: Apache-2.0
#include "monitor/watch.h"

#include <utility>

#include "monitor/following.h"
#include "monitor/watch_session.h"

namespace pmon::monitor {

Result<WatchSummary> watch(const WatchOptions& options, WatchParts parts, Output& output) {
  auto following = Following::open(options);
  if (!following) return std::unexpected(following.error());
  const SystemClock clock;
  WatchSession session(
      options, {following->take_collector(), following->take_targets(), std::move(parts), following->take_notices()},
      clock, output);
  if (auto done = following->run(session, options, clock); !done) return std::unexpected(done.error());
  session.finish();
  return session.summary();
}

}  // namespace pmon::monitor
