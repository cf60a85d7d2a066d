// SPDX-License-Identifier: Apache-2.0
#include "daemon/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace pmon::daemon {

Result<std::unique_ptr<Mailbox>> Mailbox::open(std::chrono::milliseconds patience) {
  Fd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE));
  if (!wake) return fail_errno(errno, "set up the event loop");
  return std::unique_ptr<Mailbox>(new Mailbox(std::move(wake), patience));
}

Result<void> Mailbox::put(std::function<void()> work) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return fail(ErrorKind::kFailed, "the monitor is ending");
  if (waiting_.size() >= kMostWaiting) return fail(ErrorKind::kFailed, "too many requests wait for the monitor");
  waiting_.push_back(std::move(work));
  const std::uint64_t one = 1;
  (void)!write(wake_.get(), &one, sizeof one);  // a counter that is full wakes as well
  return {};
}

void Mailbox::serve() {
  std::uint64_t count = 0;
  (void)!read(wake_.get(), &count, sizeof count);
  std::function<void()> work;
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.empty()) return;
    work = std::move(waiting_.front());
    waiting_.pop_front();
  }
  work();
}

void Mailbox::close() {
  std::deque<std::function<void()>> rest;
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  rest.swap(waiting_);
  for (const auto& work : rest) work();
}

}  // namespace pmon::daemon
