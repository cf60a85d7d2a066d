// SPDX-License-Identifier: Apache-2.0
#include "promql/ast.h"

#include <re2/re2.h>

namespace pmon::promql {

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::kScalar: return "scalar";
    case ValueType::kVector: return "instant vector";
    case ValueType::kMatrix: return "range vector";
    case ValueType::kString: return "string";
  }
  return "";
}

std::string_view op_name(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd: return "+";
    case BinaryOp::kSub: return "-";
    case BinaryOp::kMul: return "*";
    case BinaryOp::kDiv: return "/";
    case BinaryOp::kMod: return "%";
    case BinaryOp::kPow: return "^";
    case BinaryOp::kAtan2: return "atan2";
    case BinaryOp::kEqual: return "==";
    case BinaryOp::kNotEqual: return "!=";
    case BinaryOp::kGreater: return ">";
    case BinaryOp::kLess: return "<";
    case BinaryOp::kGreaterEqual: return ">=";
    case BinaryOp::kLessEqual: return "<=";
    case BinaryOp::kAnd: return "and";
    case BinaryOp::kOr: return "or";
    case BinaryOp::kUnless: return "unless";
  }
  return "";
}

bool is_comparison(BinaryOp op) { return op >= BinaryOp::kEqual && op <= BinaryOp::kLessEqual; }
bool is_set_operator(BinaryOp op) { return op >= BinaryOp::kAnd; }

bool drops_name(BinaryOp op, bool return_bool) {
  return return_bool || (op != BinaryOp::kAtan2 && !is_comparison(op) && !is_set_operator(op));
}

bool Matcher::matches(std::string_view text) const {
  switch (op) {
    case MatchOp::kEqual: return text == value;
    case MatchOp::kNotEqual: return text != value;
    case MatchOp::kRegex: return re2::RE2::FullMatch(text, *regex);
    case MatchOp::kNotRegex: return !re2::RE2::FullMatch(text, *regex);
  }
  return false;
}

}  // namespace pmon::promql
