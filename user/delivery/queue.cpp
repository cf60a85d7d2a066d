// SPDX-License-Identifier: Apache-2.0
#include "delivery/queue.h"

#include <utility>

#include "delivery/spool.h"
#include "delivery/threaded_queue.h"

namespace pmon::delivery {

Result<std::unique_ptr<Queue>> Queue::start(std::unique_ptr<Destination> destination, QueueOptions options) {
  std::unique_ptr<Spool> spool;
  const auto* const before = dynamic_cast<const ThreadedQueue*>(options.succeeds);
  if (options.spool && (before == nullptr || before->spool_folder() != options.spool)) {
    auto opened = Spool::open(*options.spool, options.spool_bytes);
    if (!opened) return std::unexpected(opened.error());
    spool = std::move(*opened);
  }
  auto queue = std::make_unique<ThreadedQueue>(std::move(destination), std::move(spool), std::move(options));
  if (auto started = queue->start(); !started) return std::unexpected(started.error());
  return queue;
}

}  // namespace pmon::delivery
