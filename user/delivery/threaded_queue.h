// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "delivery/interruption.h"
#include "delivery/queue.h"
#include "delivery/retry_policy.h"
#include "delivery/spool.h"
#include "delivery/tally.h"

namespace pmon::delivery {

// Queue's body. Items wait in memory; where there is a spool, the thread moves all that wait there in one transaction
// before it sends the oldest, and takes it away when it was delivered or refused. So kill -9 takes what was pushed
// since the attempt in flight began, and no more; while the disk fails, items stay in memory as without a spool.
//
// One that succeeds another begins when that one has handed over (queue_succession.cpp): its thread waits for the other
// one's to end, so that nobody else does.
class ThreadedQueue final : public Queue {
 public:
  ThreadedQueue(std::unique_ptr<Destination> destination, std::unique_ptr<Spool> spool, QueueOptions options);
  ~ThreadedQueue() override;
  ThreadedQueue(const ThreadedQueue&) = delete;
  ThreadedQueue& operator=(const ThreadedQueue&) = delete;

  // Once, before everything else. Errors: no thread can be made.
  [[nodiscard]] Result<void> start();

  void push(Item item) override;
  void take_over(std::unique_ptr<Queue> predecessor) override;
  void stop(Deadline deadline) override;
  [[nodiscard]] QueueStatus status() const override;
  [[nodiscard]] const std::optional<std::string>& spool_folder() const { return options_.spool; }

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Dropped = std::vector<Item>;

  // Of the thread. What takes the lock holds it at entry and at return, not while it waits for others.
  void run();
  [[nodiscard]] bool step(Lock& lock);
  void wait(Lock& lock, Clock::time_point until);
  void store(Lock& lock);
  void attempt_stored(Lock& lock);
  void attempt_waiting(Lock& lock);
  void refresh(Lock& lock);
  void finish(Lock& lock);
  void succeed(Lock& lock);

  // Of a predecessor.
  void begin_hand_over();
  [[nodiscard]] Outcome send(const Item& item, Deadline deadline);

  // The rest is called with the lock held.
  [[nodiscard]] bool has_item() const { return has_stored() || !waiting_.empty(); }
  [[nodiscard]] bool has_stored() const { return stored_ != 0 && stored_readable_; }
  [[nodiscard]] bool over(Clock::time_point now) const;
  [[nodiscard]] std::size_t in_memory() const { return waiting_.size() + storing_ + (in_flight_ ? 1 : 0); }
  [[nodiscard]] Deadline attempt_deadline() const;
  void note(const Outcome& outcome);
  void note_spool(const Result<void>& result);
  void count_stored();
  void append(Item item);
  void put_back(Item item);
  [[nodiscard]] Dropped drop_beyond_capacity();
  [[nodiscard]] Dropped drop_waiting();
  void inherit(ThreadedQueue& before);
  void tell_dropped(const Dropped& items, DropReason reason) const;  // without the lock, too

  const QueueOptions options_;
  const std::unique_ptr<Destination> destination_;  // the thread's, as the spool
  std::unique_ptr<Spool> spool_;                    // null: none, or still to be inherited
  Interruption interruption_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;   // the thread: there is something to do
  std::condition_variable ended_;  // stop(): the thread is through
  std::deque<Item> waiting_;
  std::size_t bytes_ = 0;  // of the bodies in memory
  std::size_t storing_ = 0;
  std::size_t stored_ = 0;
  bool in_flight_ = false;       // an item from memory
  bool stored_readable_ = true;  // cleared while not even that is possible
  bool oldest_tried_ = false;
  std::int64_t tried_id_ = 0;  // in the spool
  bool wakes_on_push_ = false;
  bool awaits_predecessor_;                     // take_over() is still to come
  std::unique_ptr<ThreadedQueue> predecessor_;  // while it hands over
  bool hands_over_ = false;                     // stopping, and what is left is another's to deliver
  bool stopping_ = false;
  bool stored_is_kept_ = false;  // stopping, and the other side failed: what is in the spool stays there
  bool through_ = false;
  Deadline stop_deadline_ = Deadline::max();
  Clock::time_point next_refresh_ = Clock::time_point::max();
  RetryPolicy policy_;
  RetryPolicy disk_policy_;
  Tally tally_;

  std::thread thread_;  // last, so that all else is there when it starts
};

}  // namespace pmon::delivery
