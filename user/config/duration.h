// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pmon/snapshot.h"

namespace pmon::config {

// A duration as Prometheus writes it, in milliseconds: "1h30m", "500ms", "0"; units y w d h m s ms, each
// at most once and in that order. Absent where the text is something else or does not fit.
[[nodiscard]] std::optional<Timestamp> parse_duration(std::string_view text);
// As Prometheus prints it: "1h30m", "0s"; years and weeks only where nothing is left over. ms >= 0.
[[nodiscard]] std::string duration_text(Timestamp ms);

}  // namespace pmon::config
