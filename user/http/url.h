// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace pmon::http {

// Each %41 becomes its byte; absent where a % is followed by something else.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

// "a=1&b=x+y": the form of a URL's query and of application/x-www-form-urlencoded. Absent where an escape is wrong.
[[nodiscard]] std::optional<std::vector<Field>> parse_form(std::string_view text);

}  // namespace pmon::http
