// SPDX-License-Identifier: Apache-2.0
// How one queue takes another one's place: the new one's thread lets the old one's come to its end, and then has its
// items, its spool and its counts.
#include <algorithm>
#include <iterator>
#include <utility>

#include "delivery/threaded_queue.h"

namespace pmon::delivery {
namespace {

constexpr std::chrono::milliseconds kHandOver{1000};  // for the attempt that is in flight

}  // namespace

void ThreadedQueue::take_over(std::unique_ptr<Queue> predecessor) {
  auto* const before = dynamic_cast<ThreadedQueue*>(predecessor.get());
  const Lock lock(mutex_);
  if (before != nullptr) {
    static_cast<void>(predecessor.release());
    predecessor_.reset(before);
    before->begin_hand_over();
  }
  awaits_predecessor_ = false;
  wake_.notify_one();
}

void ThreadedQueue::begin_hand_over() {
  const Lock lock(mutex_);
  if (stopping_) return;
  stopping_ = true;
  hands_over_ = true;
  stop_deadline_ = Clock::now();  // no further attempt
  interruption_.at(stop_deadline_ + kHandOver);
  wake_.notify_one();
}

void ThreadedQueue::succeed(Lock& lock) {
  ThreadedQueue& before = *predecessor_;  // this thread alone takes it away
  lock.unlock();
  if (before.thread_.joinable()) before.thread_.join();
  lock.lock();
  inherit(before);
  std::unique_ptr<ThreadedQueue> ended = std::move(predecessor_);
  const Dropped dropped = drop_beyond_capacity();
  tally_.dropped(DropReason::kOverflow, dropped.size());
  tell_dropped(dropped, DropReason::kOverflow);
  lock.unlock();
  ended.reset();  // which may wait for its destination
  Result<void> ready;
  if (spool_) {
    spool_->limit(options_.spool_bytes);
    ready = spool_->ready();
  }
  lock.lock();
  if (spool_) note_spool(ready);
}

// At once, so that status() never misses an item or counts it twice.
void ThreadedQueue::inherit(ThreadedQueue& before) {
  const Lock lock(before.mutex_);
  bytes_ += std::exchange(before.bytes_, 0);
  waiting_.insert(waiting_.begin(), std::make_move_iterator(before.waiting_.begin()),
                  std::make_move_iterator(before.waiting_.end()));
  before.waiting_.clear();
  tally_.add(before.tally_);
  if (before.spool_ && before.options_.spool == options_.spool) {
    spool_ = std::move(before.spool_);
    stored_ = before.stored_;
  } else {
    tally_.left_behind(before.stored_);
  }
}

}  // namespace pmon::delivery
