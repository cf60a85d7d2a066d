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

void PushExporter::push_the_rest(Timestamp time) {
  flush(time);
  if (reducer_) {
    if (const auto window = reducer_->finish()) push(encoder_->window(*window));
  }
  stopped_ = true;
}

Exporter::Legacy PushExporter::retire(Timestamp time) {
  push_the_rest(time);
  return {std::move(queue_), left_out()};
}

void PushExporter::take_over(Legacy legacy) {
  left_out_before_ = std::move(legacy.left_out);
  queue_->take_over(std::move(legacy.queue));
}

void PushExporter::stop(Timestamp time, delivery::Deadline deadline) {
  if (stopped_) return;
  push_the_rest(time);
  if (!fallback_) return queue_->stop(deadline);
  const auto left = std::max(deadline - delivery::Clock::now(), delivery::Clock::duration::zero());
  queue_->stop(deadline - std::min<delivery::Clock::duration>(kForFallback, left / 2));
  fallback_->stop(deadline);
}

std::optional<delivery::QueueStatus> PushExporter::status() const {
  delivery::QueueStatus status = queue_->status();
  for (const auto& [reason, count] : left_out()) {
    status.dropped[reason] += count;
    status.pushed += count;
  }
  return status;
}

std::map<std::string, std::uint64_t> PushExporter::left_out() const {
  std::map<std::string, std::uint64_t> counts = left_out_before_;
  if (not_finite_ != 0) counts["not_finite"] += not_finite_;
  if (events_.left_out() != 0) counts["too_many_events"] += events_.left_out();
  return counts;
}

}  // namespace pmon
