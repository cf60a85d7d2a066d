// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace pmon::rules {

// Prometheus's number formats for templates: four significant digits.
[[nodiscard]] std::string humanize(double value);             // 1.234M
[[nodiscard]] std::string humanize1024(double value);         // 1.177Mi
[[nodiscard]] std::string humanize_duration(double seconds);  // 1h 2m 3s, 12.5ms
[[nodiscard]] std::string humanize_percentage(double ratio);  // 12.34%
// 2006-01-02 15:04:05.5 +0000 UTC; absent where nanoseconds since the epoch do not fit 64 bits.
[[nodiscard]] std::optional<std::string> humanize_timestamp(double seconds);

}  // namespace pmon::rules
