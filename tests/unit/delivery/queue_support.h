// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "delivery/http_client.h"
#include "delivery/queue.h"

namespace pmon::delivery::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Until it holds; false after the limit. For what another thread does.
inline bool eventually(const std::function<bool()>& holds, milliseconds limit = seconds(20)) {
  const auto end = Clock::now() + limit;
  while (!holds()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

inline Outcome fail_once_more(const Item&, Deadline) { return Outcome::retry("no"); }

// A fake destination: what it does is told by a function, what came is kept in order.
class FakeDestination {
 public:
  using Send = std::function<Outcome(const Item&, Deadline)>;

  explicit FakeDestination(Send send = [](const Item&, Deadline) { return Outcome::delivered(); })
      : send_(std::move(send)) {}

  // For Queue::start(); this object must outlive the queue.
  [[nodiscard]] std::unique_ptr<Destination> handle() {
    class Handle : public Destination {
     public:
      explicit Handle(FakeDestination& owner) : owner_(owner) {}
      Outcome send(const Item& item, Deadline deadline) override { return owner_.send(item, deadline); }
      milliseconds refresh_interval() const override { return owner_.refresh_interval; }
      Outcome refresh(Deadline deadline) override { return owner_.on_refresh(deadline); }
      void lost(const Item& item) override { owner_.lose(item); }

     private:
      FakeDestination& owner_;
    };
    return std::make_unique<Handle>(*this);
  }

  void do_this(Send send) {
    const std::lock_guard lock(mutex_);
    send_ = std::move(send);
  }
  [[nodiscard]] std::vector<std::string> delivered() const {
    const std::lock_guard lock(mutex_);
    return delivered_;
  }
  [[nodiscard]] std::vector<std::string> lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }
  [[nodiscard]] std::size_t attempts() const {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }
  [[nodiscard]] bool wait_for_attempts(std::size_t count) const {
    return eventually([&] { return attempts() >= count; });
  }

  milliseconds refresh_interval{};  // to be set before the queue starts, as the next
  std::function<Outcome(Deadline)> on_refresh = [](Deadline) { return Outcome::delivered(); };

 private:
  Outcome send(const Item& item, Deadline deadline) {
    Send send;
    {
      const std::lock_guard lock(mutex_);
      ++attempts_;
      send = send_;
    }
    Outcome outcome = send(item, deadline);
    const std::lock_guard lock(mutex_);
    if (outcome.kind == Outcome::Kind::kDelivered) delivered_.push_back(item.body);
    return outcome;
  }

  mutable std::mutex mutex_;
  Send send_;
  void lose(const Item& item) {
    const std::lock_guard lock(mutex_);
    lost_.push_back(item.body);
  }

  std::vector<std::string> delivered_;
  std::vector<std::string> lost_;
  std::size_t attempts_ = 0;
};

// Posts each body to an address, as exporters do.
class HttpPost final : public Destination {
 public:
  explicit HttpPost(std::string url) : url_(std::move(url)) {}
  Outcome send(const Item& item, Deadline deadline) override {
    const HttpRequest request{
        .url = config::Secret(url_), .name = shown_url(url_), .content_type = "text/plain", .body = item.body};
    return outcome_of(request, client_.send(request, deadline));
  }

 private:
  std::string url_;
  HttpClient client_;
};

// Short times, so that a test of many faults takes moments.
inline QueueOptions quick(std::string name = "test") {
  QueueOptions options;
  options.name = std::move(name);
  options.timeout = milliseconds(300);
  options.first_delay = milliseconds(5);
  options.longest_delay = milliseconds(20);
  options.open_for = milliseconds(30);
  return options;
}

inline std::unique_ptr<Queue> start(std::unique_ptr<Destination> destination, QueueOptions options) {
  auto queue = Queue::start(std::move(destination), std::move(options));
  EXPECT_TRUE(queue) << queue.error().text();
  return queue ? std::move(*queue) : nullptr;
}

inline std::uint64_t dropped(const QueueStatus& status) {
  return std::accumulate(status.dropped.begin(), status.dropped.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& reason) { return sum + reason.second; });
}

// What holds at every moment.
inline void expect_consistent(const QueueStatus& status) {
  EXPECT_EQ(status.pushed, status.sent + dropped(status) + status.length);
}

inline std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> out;
  for (int i = from; i < to; ++i) out.push_back(std::to_string(i));
  return out;
}

}  // namespace pmon::delivery::test
