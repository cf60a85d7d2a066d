// SPDX-License-Identifier: Apache-2.0
#include "notify/send_budget.h"

namespace pmon::notify {

std::optional<std::chrono::milliseconds> SendBudget::spend(delivery::Clock::time_point now) {
  while (!sent_.empty() && now - sent_.front() >= window_) sent_.pop_front();
  if (sent_.size() >= messages_) {
    return std::chrono::ceil<std::chrono::milliseconds>(sent_.front() + window_ - now);
  }
  sent_.push_back(now);
  return std::nullopt;
}

}  // namespace pmon::notify
