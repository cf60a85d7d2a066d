// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "promql/ast.h"

namespace pmon::promql {

// Brackets, calls and signs in each other.
inline constexpr int kMaxNesting = 400;
// Deeper trees are refused: evaluation and destruction recurse. A chain of operators, a or b or …, is as deep as it
// has operands.
inline constexpr int kMaxDepth = 1000;

// The tree of an expression, before the type check. Throws SyntaxError.
[[nodiscard]] NodePtr parse_expression(std::string_view text);

// Sets the types of all nodes, compiles regular expressions, and refuses what has no meaning.
// Throws SyntaxError.
void check_types(Node& root);

}  // namespace pmon::promql
