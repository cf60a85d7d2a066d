// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

#include "delivery/destination.h"

namespace pmon::notify {

// So many messages in any stretch of time of a given length: what a service allows before it stops listening.
class SendBudget {
 public:
  SendBudget(std::size_t messages, std::chrono::milliseconds window) : messages_(messages), window_(window) {}

  // How long to wait before the next message; nothing where it may go, and then it counts as gone.
  [[nodiscard]] std::optional<std::chrono::milliseconds> spend(delivery::Clock::time_point now);

 private:
  std::size_t messages_;
  std::chrono::milliseconds window_;
  std::deque<delivery::Clock::time_point> sent_;
};

// What the robots of DingTalk and WeCom take; beyond it they stop listening for longer than a minute. One that begins
// here may have begun a little earlier over there.
inline constexpr std::size_t kRobotMessages = 20;
inline constexpr std::chrono::milliseconds kRobotWindow{61000};

}  // namespace pmon::notify
