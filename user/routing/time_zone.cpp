// SPDX-License-Identifier: Apache-2.0
// g++ 12 has no time zones in <chrono>; Abseil's are those of its library cctz.
#include "routing/time_zone.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <utility>

namespace pmon::routing {

struct TimeZone::Zone {
  absl::TimeZone value;
};

Result<TimeZone> TimeZone::find(const std::string& name) {
  if (name.empty() || name == "UTC") return TimeZone();
  auto zone = std::make_shared<Zone>();
  if (name == "Local") {
    zone->value = absl::LocalTimeZone();
  } else {
    // Names that are paths, or that only this library knows, are no zones of the database.
    const bool foreign = name.front() == '/' || name.contains("..") || name.contains(':') ||
                         name.starts_with("Fixed/") || name == "localtime";
    if (foreign || !absl::LoadTimeZone(name, &zone->value)) {
      return fail(ErrorKind::kUsage, "unknown time zone '" + name + "'",
                  "write it as /usr/share/zoneinfo does, such as Europe/Berlin, or UTC or Local; the package tzdata "
                  "must be installed");
    }
  }
  TimeZone found;
  found.zone_ = std::move(zone);
  return found;
}

CivilTime TimeZone::at(Timestamp wall) const {
  const absl::TimeZone zone = zone_ ? zone_->value : absl::UTCTimeZone();
  const absl::CivilSecond second = zone.At(absl::FromUnixMillis(wall)).cs;
  const absl::CivilMonth month(second);
  CivilTime civil;
  civil.year = static_cast<int>(second.year());
  civil.month = second.month();
  civil.day = second.day();
  // absl's week begins on Monday.
  civil.weekday = (static_cast<int>(absl::GetWeekday(absl::CivilDay(second))) + 1) % 7;
  civil.minute = second.hour() * 60 + second.minute();
  civil.days_in_month = static_cast<int>(absl::CivilDay(month + 1) - absl::CivilDay(month));
  return civil;
}

}  // namespace pmon::routing
