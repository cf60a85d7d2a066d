// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pmon::promql {

// Thrown by lexer, parser and type check; Expr::parse() turns it into an Error.
struct SyntaxError {
  std::size_t place;  // byte in the text
  std::string message;
};

// "line:column: message", the source line, a caret under the place.
[[nodiscard]] std::string render(const SyntaxError& error, std::string_view text);

}  // namespace pmon::promql
