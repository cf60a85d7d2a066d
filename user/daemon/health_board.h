// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>

#include "http/host.h"

namespace pmon::daemon {

// What the last tick left to be known of the monitor's health; thread-safe, and never waits for the monitor.
class HealthBoard {
 public:
  explicit HealthBoard(http::Health first) : health_(std::move(first)) {}

  void update(const auto& change) {
    const std::scoped_lock lock(mutex_);
    change(health_);
  }
  [[nodiscard]] http::Health get() const {
    const std::scoped_lock lock(mutex_);
    return health_;
  }

 private:
  mutable std::mutex mutex_;
  http::Health health_;
};

}  // namespace pmon::daemon
