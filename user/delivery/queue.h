// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "delivery/destination.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::delivery {

class Queue;

struct QueueOptions {
  std::string name;                             // value of the label `sink`
  std::size_t capacity = 1000;                  // items; beyond it the oldest is dropped
  std::size_t capacity_bytes = 16 << 20;        // of their bodies in memory; beyond it, too (the newest always stays)
  std::chrono::milliseconds timeout{5000};      // of one attempt, everything included
  std::chrono::milliseconds first_delay{1000};  // before the second attempt; then twice as long each time, with jitter
  std::chrono::milliseconds longest_delay{30000};
  unsigned failures_to_open = 5;              // so many attempts in a row that failed open the circuit …
  std::chrono::milliseconds open_for{30000};  // … and only after this one item is tried again
  std::optional<std::string> spool;           // a folder of its own: items outlive the process there
  std::uint64_t spool_bytes = 64 << 20;       // most that the spool may hold; beyond it the oldest is dropped
  // A queue that still runs and whose place this one takes: until take_over() nothing is delivered here, and a spool
  // that is that one's is not opened but comes with it.
  const Queue* succeeds = nullptr;
  // Told of every item that is dropped, with the reason under which it is counted; what stays in a spool is not
  // dropped, and what a damaged one took cannot be told. Called from any thread, perhaps under the queue's lock: it
  // neither waits nor calls this queue.
  std::function<void(const Item&, std::string_view reason)> on_drop;
};

// How a queue does. What was pushed is sent, dropped, or still there: pushed = sent + dropped + length.
struct QueueStatus {
  std::string name;
  std::size_t length = 0;
  std::uint64_t pushed = 0;  // items, those found in the spool at the start included
  std::uint64_t sent = 0;
  std::map<std::string, std::uint64_t> dropped;  // by reason: see docs/delivery.md
  std::uint64_t retries = 0;
  bool open = false;                       // the circuit: the other side has failed too often
  std::optional<Timestamp> last_success;   // ms since the epoch, of the clock on the wall
  std::optional<Timestamp> failing_since;  // absent while all is well
  std::string last_error;                  // of the last attempt that failed; "" where none did
};

// A bounded queue with a thread of its own that hands items to a destination in their order, with retries and a
// circuit breaker. All calls are thread-safe, and none but stop() waits for the destination.
class Queue {
 public:
  // Errors: the spool cannot be made or is another process's (kUsage).
  [[nodiscard]] static Result<std::unique_ptr<Queue>> start(std::unique_ptr<Destination> destination,
                                                            QueueOptions options);
  // As stop() with a deadline that is over; then waits for the attempt in flight, which ends within its time limit, and
  // within a second where the destination asks interrupted() (interruption.h), as HttpClient does.
  virtual ~Queue() = default;

  virtual void push(Item item) = 0;
  // Once, where the options say so: what `predecessor` has, in memory and in a spool of the same folder, is delivered
  // here before anything else, and its counts go on. Returns at once; an attempt that it has in flight is given up
  // after a second.
  virtual void take_over(std::unique_ptr<Queue> predecessor) = 0;
  // Delivers what is there, at most until the deadline; what is left then is counted as dropped ("shutdown") or stays
  // in the spool. Returns by then even if the destination does not: the item in flight stays in `length` until it is
  // known what became of it. With a spool the first failure ends it. A second call does nothing.
  virtual void stop(Deadline deadline) = 0;
  [[nodiscard]] virtual QueueStatus status() const = 0;
};

}  // namespace pmon::delivery
