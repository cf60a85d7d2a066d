// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pmon {

// One character of text that may not be UTF-8.
struct Utf8Char {
  std::size_t length = 1;   // bytes, at least 1
  char32_t code_point = 0;  // only where valid
  bool valid = false;       // false: one byte that belongs to no well-formed character
};

// The character at the front of `text`, which must not be empty. Overlong forms, surrogates and
// values above U+10FFFF are not well-formed (Unicode 15, table 3-7).
[[nodiscard]] Utf8Char first_utf8_char(std::string_view text);

// Every byte that belongs to no well-formed character becomes U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// Text from elsewhere (process names, annotations that quote them) made safe for a terminal: control
// characters, invalid bytes, and characters that reorder or break lines are written as \x1b or
// \u202e. The result is one line of valid UTF-8.
[[nodiscard]] std::string harmless(std::string_view text);
// The same for a text of several lines, which may have tabs.
[[nodiscard]] std::string harmless_lines(std::string_view text);

}  // namespace pmon
