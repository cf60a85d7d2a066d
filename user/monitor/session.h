// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "pmon/result.h"

namespace pmon::monitor {

// What is done at each tick while processes are followed: watched, or recorded. One thread.
class Session {
 public:
  virtual ~Session() = default;

  // False when nobody wants to know any more.
  [[nodiscard]] virtual Result<bool> tick() = 0;
  // Between ticks, when the collector asks for it at wake_fd() (-1: never).
  virtual void service() = 0;
  [[nodiscard]] virtual int wake_fd() const = 0;
  // On SIGHUP.
  virtual void reload() = 0;

  [[nodiscard]] virtual bool all_targets_ended() const = 0;
  // Whether one more look is due after all targets have ended.
  [[nodiscard]] virtual bool unsettled() const = 0;
  // At the end: the program that was started goes on without us.
  virtual void tell_still_running(std::int32_t pid, const std::string& program) = 0;

 protected:
  Session() = default;
  Session(const Session&) = default;
  Session& operator=(const Session&) = default;
};

}  // namespace pmon::monitor
