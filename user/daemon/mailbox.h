// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "collect/handle.h"
#include "pmon/result.h"

namespace pmon::daemon {

// Lets other threads ask the monitor's thread for something: what belongs to that thread is touched there alone,
// between two ticks.
class Mailbox {
 public:
  static constexpr std::chrono::milliseconds kPatience{5000};
  static constexpr std::size_t kMostWaiting = 64;

  [[nodiscard]] static Result<std::unique_ptr<Mailbox>> open(std::chrono::milliseconds patience = kPatience);

  // Any thread but the monitor's: runs `work` over there and waits for what it returns. Errors: the monitor does not
  // get to it within kPatience, too many wait, or it has ended. `work` that has begun may go on after its asker has
  // given up: it must own what it needs.
  template <typename Work>
  auto ask(Work work) -> std::invoke_result_t<Work> {
    using Answer = std::invoke_result_t<Work>;
    auto task = std::make_shared<std::packaged_task<Answer()>>(std::move(work));
    const auto given_up = std::make_shared<std::atomic<bool>>(false);
    std::future<Answer> answer = task->get_future();
    const auto taken = put([task, given_up] {
      if (!*given_up) (*task)();
    });
    if (!taken) return std::unexpected(taken.error());
    if (answer.wait_for(patience_) != std::future_status::ready) {
      *given_up = true;
      return fail(ErrorKind::kFailed, "the monitor is busy and has not answered");
    }
    return answer.get();
  }

  // The monitor's thread: readable when somebody asks; answers one, so that a tick need not wait for all of them.
  [[nodiscard]] int fd() const { return wake_.get(); }
  void serve();
  // Nobody is answered any more.
  void close();

 private:
  Mailbox(Fd wake, std::chrono::milliseconds patience) : wake_(std::move(wake)), patience_(patience) {}
  [[nodiscard]] Result<void> put(std::function<void()> work);

  Fd wake_;
  std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;
  bool closed_ = false;
};

}  // namespace pmon::daemon
