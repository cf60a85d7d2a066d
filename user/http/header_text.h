// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace pmon::http {

// Without blanks and tabs at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
// ASCII letters in lower case.
[[nodiscard]] std::string lower(std::string_view text);
// Takes what comes before the separator (all, where there is none) off the text, and the separator; trimmed.
[[nodiscard]] std::string_view take_until(std::string_view& text, char separator);

}  // namespace pmon::http
