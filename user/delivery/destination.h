// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace pmon::delivery {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

// What is delivered as a whole or not at all: a request's body, a message. Plain bytes, so that a spool can keep it.
struct Item {
  std::string body;
  std::uint32_t count = 1;  // of alerts or samples in it
};

// What came of one attempt.
struct Outcome {
  enum class Kind : std::uint8_t {
    kDelivered,
    kRetry,     // may succeed later: no connection, time-out, 5xx, 429
    kRejected,  // never will: a wrong address, 4xx, a text that is too long
  };
  Kind kind = Kind::kDelivered;
  std::string what;  // for people: "POST http://host:8086/write: 503 Service Unavailable"; holds no secret
  std::optional<std::chrono::milliseconds> retry_after;  // what the other side asked for

  [[nodiscard]] static Outcome delivered() { return {}; }
  [[nodiscard]] static Outcome retry(std::string what, std::optional<std::chrono::milliseconds> after = {});
  [[nodiscard]] static Outcome rejected(std::string what);
};

// Where a Queue's items go. But for lost() it is used from the queue's own thread alone, so it may wait, but never
// longer than the deadline.
class Destination {
 public:
  virtual ~Destination() = default;
  [[nodiscard]] virtual Outcome send(const Item& item, Deadline deadline) = 0;
  // Called every refresh_interval() (0: never) between items, for a destination that must say again what it said.
  [[nodiscard]] virtual std::chrono::milliseconds refresh_interval() const { return {}; }
  [[nodiscard]] virtual Outcome refresh(Deadline /*deadline*/) { return Outcome::delivered(); }
  // An item that will never be sent, because there was no room for it or no time. From any thread, perhaps under the
  // queue's lock: it neither waits nor calls the queue.
  virtual void lost(const Item& /*item*/) {}
};

}  // namespace pmon::delivery
