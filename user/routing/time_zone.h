// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::routing {

// An instant as the calendar and the clock on the wall show it.
struct CivilTime {
  int year = 0;
  int month = 0;    // 1 … 12
  int day = 0;      // 1 … 31
  int weekday = 0;  // 0 is Sunday
  int minute = 0;   // of the day, 0 … 1439
  int days_in_month = 0;
};

// A time zone. The host's database of them (the package tzdata) is read by find() alone. Immutable; UTC when made
// without a name.
class TimeZone {
 public:
  TimeZone() = default;
  // "Europe/Berlin"; "Local" is the host's own zone, "UTC" and "" are UTC. Upper and lower case count.
  [[nodiscard]] static Result<TimeZone> find(const std::string& name);

  [[nodiscard]] CivilTime at(Timestamp wall) const;

 private:
  struct Zone;
  std::shared_ptr<const Zone> zone_;  // null: UTC
};

}  // namespace pmon::routing
