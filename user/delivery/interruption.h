// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "delivery/destination.h"

namespace pmon::delivery {

// Brings the deadline of an attempt in flight nearer: an attempt is made with the deadline of its start, and a queue
// that is stopped cannot wait as long. What waits within Destination::send() asks interrupted() from time to time and
// gives up; what does not ask keeps stop() from ending the thread, but not from returning. All calls are thread-safe.
class Interruption {
 public:
  // What waits in the calling thread is interrupted by this object as long as the scope lives.
  class Scope {
   public:
    explicit Scope(const Interruption& interruption);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const Interruption* before_;
  };

  void at(Deadline deadline) { deadline_ = deadline.time_since_epoch().count(); }
  [[nodiscard]] bool due() const { return Clock::now().time_since_epoch().count() >= deadline_; }

 private:
  std::atomic<Clock::rep> deadline_ = Deadline::max().time_since_epoch().count();
};

// Whether the attempt that this thread makes should end now; false outside of any.
[[nodiscard]] bool interrupted();

}  // namespace pmon::delivery
