// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "recording/wire.h"

namespace pmon::recording {

// A metric's value as the difference from the one before: most are counts, bytes in whole pages, or seconds from
// whole nanoseconds, whose differences are a byte or two; what is none of these is stored as its bits. The decoder gets
// back the same bits, whatever the value.

// previous: the value before; absent where there was none.
void encode_value(double value, std::optional<double> previous, WireWriter& out);
[[nodiscard]] double decode_value(std::optional<double> previous, WireReader& in);

}  // namespace pmon::recording
