// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collect/collector.h"

namespace pmon::monitor {

// The one place where time enters; everything below monitor/ takes it as an argument.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Tick now() const = 0;
};

// CLOCK_BOOTTIME, counted from what CLOCK_REALTIME was when the clock was made: rules need a time that
// goes on evenly when somebody sets the clock.
class SystemClock final : public Clock {
 public:
  SystemClock();
  [[nodiscard]] Tick now() const override;

 private:
  Timestamp boot_ = 0;  // ms since the Unix epoch
};

}  // namespace pmon::monitor
