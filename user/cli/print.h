// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace pmon::cli {

// Appends to stdout. Does not fail: finish_stdout() tells what became of it.
void print(std::string_view text);

// Writes out what is buffered. The errno of the first write since the last call that failed, or 0.
[[nodiscard]] int finish_stdout();

}  // namespace pmon::cli
