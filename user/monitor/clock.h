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

// CLOCK_REALTIME and CLOCK_BOOTTIME.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Tick now() const override;
};

}  // namespace pmon::monitor
