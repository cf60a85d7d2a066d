// SPDX-License-Identifier: Apache-2.0
#include "export/push_exporter.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace pmon {

namespace {

// Of the time to stop, what a file needs for all that the queue gave up.
constexpr std::chrono::milliseconds kForFallback{500};

void count_as_dropped(delivery::QueueStatus& status, const char* reason, std::uint64_t count) {
  if (count == 0) return;
  status.dropped[reason] += count;
  status.pushed += count;
}

}  // namespace

PushExporter::PushExporter(Parts parts)
    : events_(parts.events),
      encoder_(std::move(parts.encoder)),
      fallback_(std::move(parts.fallback)),
      queue_(std::move(parts.queue)) {
  if (parts.metrics) reducer_.emplace(std::move(*parts.metrics));
}

void PushExporter::push(Encoded encoded) {
  not_finite_ += encoded.left_out;
  for (delivery::Item& item : encoded.items) queue_->push(std::move(item));
}

void PushExporter::metrics(Timestamp time, std::span<const exposition::Family> families) {
  if (!reducer_ || stopped_) return;
  if (const auto window = reducer_->add(time, families)) push(encoder_->window(*window));
}

void PushExporter::flush(Timestamp /*time*/) {
  const std::vector<EventLine> lines = events_.take();
  if (!lines.empty() && !stopped_) push(encoder_->events(lines));
}

void PushExporter::stop(Timestamp time, delivery::Deadline deadline) {
  if (stopped_) return;
  flush(time);
  if (reducer_) {
    if (const auto window = reducer_->finish()) push(encoder_->window(*window));
  }
  stopped_ = true;
  if (!fallback_) return queue_->stop(deadline);
  const auto left = std::max(deadline - delivery::Clock::now(), delivery::Clock::duration::zero());
  queue_->stop(deadline - std::min<delivery::Clock::duration>(kForFallback, left / 2));
  fallback_->stop(deadline);
}

std::optional<delivery::QueueStatus> PushExporter::status() const {
  delivery::QueueStatus status = queue_->status();
  count_as_dropped(status, "not_finite", not_finite_);
  count_as_dropped(status, "too_many_events", events_.left_out());
  return status;
}

}  // namespace pmon
