// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pmon {

// "No such file or directory": as strerror(3), but by any thread, and in English whatever the locale.
[[nodiscard]] std::string errno_text(int number);

}  // namespace pmon
