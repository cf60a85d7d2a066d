// SPDX-License-Identifier: Apache-2.0
#include "delivery/threaded_queue.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <system_error>
#include <utility>

#include <pthread.h>
#include <signal.h>

namespace pmon::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStopSlack{100};         // for the thread to notice that its time is over
constexpr std::size_t kLongestThreadName = 15;  // pthread_setname_np(3)

RetryLimits limits_of(const QueueOptions& options) {
  return {options.first_delay, options.longest_delay, options.failures_to_open, options.open_for};
}

// A disk is asked as often as a server, but never given up.
RetryLimits disk_limits_of(const QueueOptions& options) {
  return {options.first_delay, options.longest_delay, 0, options.open_for};
}

void add_counts(QueueStatus& status, const QueueStatus& more) {
  status.length += more.length;
  status.pushed += more.pushed;
  status.sent += more.sent;
  status.retries += more.retries;
  for (const auto& [reason, count] : more.dropped) status.dropped[reason] += count;
  status.last_success = std::max(status.last_success, more.last_success);
}

Timestamp wall_clock() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()).time_since_epoch().count();
}

}  // namespace

ThreadedQueue::ThreadedQueue(std::unique_ptr<Destination> destination, std::unique_ptr<Spool> spool,
                             QueueOptions options)
    : options_(std::move(options)),
      destination_(std::move(destination)),
      spool_(std::move(spool)),
      awaits_predecessor_(options_.succeeds != nullptr),
      policy_(limits_of(options_), std::random_device()()),
      disk_policy_(disk_limits_of(options_), std::random_device()()) {}

ThreadedQueue::~ThreadedQueue() {
  stop(Clock::now());
  if (thread_.joinable()) thread_.join();
}

Result<void> ThreadedQueue::start() {
  if (spool_) {
    const auto ready = spool_->ready();
    const Lock lock(mutex_);
    note_spool(ready);
  }
  if (const milliseconds interval = destination_->refresh_interval(); interval > milliseconds::zero()) {
    next_refresh_ = Clock::now() + interval;
  }
  // A thread inherits its creator's mask: signals are for the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Result<void> started;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    started = fail(ErrorKind::kFailed, "start the thread of sink " + options_.name + ": " + error.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void ThreadedQueue::push(Item item) {
  DropReason reason = DropReason::kOverflow;
  Dropped dropped;
  bool wake = false;
  {
    const Lock lock(mutex_);
    tally_.pushed(1);
    append(std::move(item));
    if (through_) {
      reason = DropReason::kShutdown;
      dropped = drop_waiting();
    } else {
      dropped = drop_beyond_capacity();
    }
    tally_.dropped(reason, dropped.size());
    wake = std::exchange(wakes_on_push_, false);
  }
  if (wake) wake_.notify_one();
  tell_dropped(dropped, reason);
}

void ThreadedQueue::stop(Deadline deadline) {
  Dropped dropped;
  {
    Lock lock(mutex_);
    if (stopping_ || !thread_.joinable()) return;
    stopping_ = true;
    stop_deadline_ = deadline;
    interruption_.at(deadline);
    policy_.hurry(Clock::now());
    disk_policy_.hurry(Clock::now());
    wake_.notify_one();
    const Clock::time_point latest = std::max(deadline, Clock::now()) + kStopSlack;
    if (ended_.wait_until(lock, latest, [this] { return through_; }) || options_.spool) return;
    // The destination does not come back. What waits behind it is lost; what it has may still arrive, and is counted
    // when it does or does not. With a spool the thread stores what waits when it is back.
    dropped = drop_waiting();
    tally_.dropped(DropReason::kShutdown, dropped.size());
  }
  tell_dropped(dropped, DropReason::kShutdown);
}

QueueStatus ThreadedQueue::status() const {
  QueueStatus status;
  status.name = options_.name;
  const Lock lock(mutex_);
  tally_.fill(status);
  status.length = in_memory() + stored_;
  status.open = policy_.open();
  if (predecessor_) add_counts(status, predecessor_->status());
  return status;
}

void ThreadedQueue::append(Item item) {
  bytes_ += item.body.size();
  waiting_.push_back(std::move(item));
}

void ThreadedQueue::put_back(Item item) {
  bytes_ += item.body.size();
  waiting_.push_front(std::move(item));
}

// An item in flight cannot be called back, and one more must fit beside it.
ThreadedQueue::Dropped ThreadedQueue::drop_beyond_capacity() {
  Dropped dropped;
  while (waiting_.size() > 1 && (in_memory() > options_.capacity || bytes_ > options_.capacity_bytes)) {
    bytes_ -= waiting_.front().body.size();
    dropped.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    oldest_tried_ = false;
  }
  return dropped;
}

ThreadedQueue::Dropped ThreadedQueue::drop_waiting() {
  Dropped dropped(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  for (const Item& item : dropped) bytes_ -= item.body.size();
  return dropped;
}

void ThreadedQueue::tell_dropped(const Dropped& items, DropReason reason) const {
  for (const Item& item : items) {
    if (reason != DropReason::kRejected) destination_->lost(item);
    if (options_.on_drop) options_.on_drop(item, name_of(reason));
  }
}

Deadline ThreadedQueue::attempt_deadline() const { return std::min(Clock::now() + options_.timeout, stop_deadline_); }

void ThreadedQueue::note(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kDelivered:
      policy_.answered();
      tally_.well(Tally::Part::kItems, wall_clock());
      break;
    case Outcome::Kind::kRejected:
      policy_.answered();
      tally_.failing(Tally::Part::kItems, wall_clock(), outcome.what);
      break;
    case Outcome::Kind::kRetry:
      policy_.failed(Clock::now(), outcome.retry_after);
      tally_.failing(Tally::Part::kItems, wall_clock(), outcome.what);
      break;
  }
}

void ThreadedQueue::note_spool(const Result<void>& result) {
  count_stored();
  stored_readable_ = true;  // until reading fails: a full disk can be read, and what is older goes first
  if (result) {
    disk_policy_.answered();
    tally_.well(Tally::Part::kSpool, wall_clock());
  } else {
    disk_policy_.failed(Clock::now());
    tally_.failing(Tally::Part::kSpool, wall_clock(), result.error().text());
  }
}

void ThreadedQueue::count_stored() {
  stored_ = spool_->size();
  tally_.pushed(spool_->take_found());
  tally_.dropped(DropReason::kSpoolDamaged, spool_->take_lost());
  if (!spool_->damage().empty()) tally_.keep_telling(spool_->damage());
}

// What the thread does.

void ThreadedQueue::run() {
  pthread_setname_np(pthread_self(), ("pmon-" + options_.name).substr(0, kLongestThreadName).c_str());
  const Interruption::Scope scope(interruption_);
  Lock lock(mutex_);
  wake_.wait(lock, [this] { return !awaits_predecessor_ || stopping_; });
  if (predecessor_) succeed(lock);
  while (step(lock)) {
  }
  finish(lock);
}

bool ThreadedQueue::over(Clock::time_point now) const {
  if (!stopping_) return false;
  const bool nothing_left = waiting_.empty() && (stored_ == 0 || stored_is_kept_ || !stored_readable_);
  return now >= stop_deadline_ || nothing_left;
}

bool ThreadedQueue::step(Lock& lock) {
  const Clock::time_point now = Clock::now();
  if (over(now)) return false;
  const bool wants_disk = spool_ && (!waiting_.empty() || tally_.is_failing(Tally::Part::kSpool));
  const bool wants_refresh = !stopping_ && !policy_.open();
  const bool wants_attempt = has_item() && !(stored_is_kept_ && has_stored());
  if (wants_disk && now >= disk_policy_.next_attempt()) {
    store(lock);
  } else if (wants_refresh && now >= next_refresh_) {
    refresh(lock);
  } else if (wants_attempt && now >= policy_.next_attempt()) {
    has_stored() ? attempt_stored(lock) : attempt_waiting(lock);
  } else {
    Clock::time_point until = stopping_ ? stop_deadline_ : Clock::time_point::max();
    if (wants_disk) until = std::min(until, disk_policy_.next_attempt());
    if (wants_refresh) until = std::min(until, next_refresh_);
    if (wants_attempt) until = std::min(until, policy_.next_attempt());
    wakes_on_push_ = spool_ || !has_item();
    wait(lock, until);
    wakes_on_push_ = false;
  }
  return true;
}

void ThreadedQueue::wait(Lock& lock, Clock::time_point until) {
  if (until == Clock::time_point::max()) {
    wake_.wait(lock);
  } else {
    wake_.wait_until(lock, until);
  }
}

void ThreadedQueue::store(Lock& lock) {
  std::vector<Item> items(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  storing_ = items.size();
  lock.unlock();
  Result<std::vector<Item>> evicted = spool_->append(items);
  lock.lock();
  storing_ = 0;
  if (!evicted) {
    waiting_.insert(waiting_.begin(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
    note_spool(std::unexpected(evicted.error()));
    const Dropped dropped = drop_beyond_capacity();
    tally_.dropped(DropReason::kOverflow, dropped.size());
    tell_dropped(dropped, DropReason::kOverflow);
    return;
  }
  for (const Item& item : items) bytes_ -= item.body.size();
  tally_.dropped(DropReason::kSpoolFull, evicted->size());
  note_spool({});
  tell_dropped(*evicted, DropReason::kSpoolFull);
}

Outcome ThreadedQueue::send(const Item& item, Deadline deadline) {
  try {
    return destination_->send(item, deadline);
  } catch (const std::exception& error) {  // tried again, it would stand before all others for ever
    return Outcome::rejected(options_.name + ": " + error.what());
  }
}

void ThreadedQueue::attempt_waiting(Lock& lock) {
  Item item = std::move(waiting_.front());
  waiting_.pop_front();
  in_flight_ = true;
  if (std::exchange(oldest_tried_, false)) tally_.retried();
  const Deadline deadline = attempt_deadline();
  lock.unlock();
  const Outcome outcome = send(item, deadline);
  lock.lock();
  in_flight_ = false;
  bytes_ -= item.body.size();
  note(outcome);
  Dropped dropped;
  DropReason reason = DropReason::kRejected;
  if (outcome.kind == Outcome::Kind::kDelivered) {
    tally_.sent();
  } else if (outcome.kind == Outcome::Kind::kRejected) {
    dropped.push_back(std::move(item));
  } else {
    oldest_tried_ = true;
    put_back(std::move(item));
    reason = DropReason::kOverflow;
    dropped = drop_beyond_capacity();
  }
  tally_.dropped(reason, dropped.size());
  tell_dropped(dropped, reason);
}

void ThreadedQueue::attempt_stored(Lock& lock) {
  const Deadline deadline = attempt_deadline();
  lock.unlock();
  auto oldest = spool_->oldest();
  lock.lock();
  if (!oldest || !*oldest) {
    note_spool(oldest ? Result<void>() : std::unexpected(oldest.error()));
    stored_readable_ = oldest.has_value();  // what waits in memory goes on meanwhile
    return;
  }
  const StoredItem& stored = **oldest;
  if (std::exchange(tried_id_, stored.id) == stored.id) tally_.retried();
  lock.unlock();
  const Outcome outcome = send(stored.item, deadline);
  const bool done = outcome.kind != Outcome::Kind::kRetry;
  const Result<void> removed = done ? spool_->remove(stored) : Result<void>();
  lock.lock();
  note(outcome);
  if (!done) {
    stored_is_kept_ = stopping_;
    return;
  }
  const bool delivered = outcome.kind == Outcome::Kind::kDelivered;
  if (delivered) {
    tally_.sent();
  } else {
    tally_.dropped(DropReason::kRejected);
  }
  if (removed) {
    count_stored();
  } else {
    note_spool(removed);
  }
  if (!delivered && options_.on_drop) options_.on_drop(stored.item, name_of(DropReason::kRejected));
}

void ThreadedQueue::refresh(Lock& lock) {
  const Deadline deadline = attempt_deadline();
  lock.unlock();
  Outcome outcome;
  try {
    outcome = destination_->refresh(deadline);
  } catch (const std::exception& error) {
    outcome = Outcome::retry(options_.name + ": " + error.what());
  }
  const milliseconds interval = destination_->refresh_interval();
  lock.lock();
  next_refresh_ = interval > milliseconds::zero() ? Clock::now() + interval : Clock::time_point::max();
  if (outcome.kind == Outcome::Kind::kDelivered) {
    tally_.well(Tally::Part::kRefresh, wall_clock());
  } else {
    tally_.failing(Tally::Part::kRefresh, wall_clock(), outcome.what);
  }
}

void ThreadedQueue::finish(Lock& lock) {
  if (hands_over_) {
    through_ = true;
    return;
  }
  if (spool_ && !waiting_.empty()) store(lock);
  const Dropped dropped = drop_waiting();
  tally_.dropped(DropReason::kShutdown, dropped.size());
  through_ = true;
  tell_dropped(dropped, DropReason::kShutdown);
  ended_.notify_all();
}

}  // namespace pmon::delivery
