// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pmon/snapshot.h"

namespace pmon::alerts {

// "2026-11-23T14:03:22.125Z": in UTC, with milliseconds. Years 0 to 9999.
[[nodiscard]] std::string format_rfc3339(Timestamp time);

// A date and time of RFC 3339, section 5.6, with a zone: "2026-11-23T14:03:22+01:00". Absent where it is
// something else or no day of the calendar; what is finer than a millisecond is cut off, a leap second is the
// second after it.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace pmon::alerts
