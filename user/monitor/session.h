// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::monitor {

// What is done at each tick while processes are followed: watched, or recorded. One thread.
class Session {
 public:
  virtual ~Session() = default;

  // False when nobody wants to know any more.
  [[nodiscard]] virtual Result<bool> tick() = 0;
  // Between ticks, when somebody asks for it at one of wake_fds() (-1: never).
  virtual void service() = 0;
  [[nodiscard]] virtual std::vector<int> wake_fds() const = 0;
  // How often to tick; looked at after each tick. 0: as it was asked for.
  [[nodiscard]] virtual Timestamp interval_ms() const { return 0; }
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
