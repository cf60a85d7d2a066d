// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "promql/ast.h"

namespace pmon::promql {

// Deeper trees are refused: evaluation and destruction recurse.
inline constexpr int kMaxDepth = 400;

// The tree of an expression, before the type check. Throws SyntaxError.
[[nodiscard]] NodePtr parse_expression(std::string_view text);

// Sets the types of all nodes, compiles regular expressions, and refuses what has no meaning.
// Throws SyntaxError.
void check_types(Node& root);

}  // namespace pmon::promql
