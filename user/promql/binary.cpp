// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "promql/eval.h"

namespace pmon::promql {

double arithmetic(BinaryOp op, double lhs, double rhs) {
  switch (op) {
    case BinaryOp::kAdd: return lhs + rhs;
    case BinaryOp::kSub: return lhs - rhs;
    case BinaryOp::kMul: return lhs * rhs;
    case BinaryOp::kDiv: return lhs / rhs;
    case BinaryOp::kMod: return std::fmod(lhs, rhs);
    case BinaryOp::kPow: return std::pow(lhs, rhs);
    case BinaryOp::kAtan2: return std::atan2(lhs, rhs);
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual:
    case BinaryOp::kGreater:
    case BinaryOp::kLess:
    case BinaryOp::kGreaterEqual:
    case BinaryOp::kLessEqual:
    case BinaryOp::kAnd:
    case BinaryOp::kOr:
    case BinaryOp::kUnless: break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

bool compare(BinaryOp op, double lhs, double rhs) {
  switch (op) {
    case BinaryOp::kEqual: return lhs == rhs;
    case BinaryOp::kNotEqual: return lhs != rhs;
    case BinaryOp::kGreater: return lhs > rhs;
    case BinaryOp::kLess: return lhs < rhs;
    case BinaryOp::kGreaterEqual: return lhs >= rhs;
    case BinaryOp::kLessEqual: return lhs <= rhs;
    case BinaryOp::kAdd:
    case BinaryOp::kSub:
    case BinaryOp::kMul:
    case BinaryOp::kDiv:
    case BinaryOp::kMod:
    case BinaryOp::kPow:
    case BinaryOp::kAtan2:
    case BinaryOp::kAnd:
    case BinaryOp::kOr:
    case BinaryOp::kUnless: break;
  }
  return false;
}

double scalar_binary(BinaryOp op, double lhs, double rhs) {
  return is_comparison(op) ? (compare(op, lhs, rhs) ? 1.0 : 0.0) : arithmetic(op, lhs, rhs);
}

InstantVector vector_scalar(const Binary& binary, InstantVector vector, double scalar, bool scalar_is_left) {
  const BinaryOp op = binary.op;
  std::vector<Element>& elements = vector.elements;
  const auto sides = [scalar, scalar_is_left](double value) {
    return scalar_is_left ? std::pair(scalar, value) : std::pair(value, scalar);
  };
  if (is_comparison(op) && !binary.return_bool) {
    // A filter: what stays keeps its value, whichever side it is on, and its name.
    std::erase_if(elements, [&sides, op](const Element& element) {
      const auto [lhs, rhs] = sides(element.value);
      return !compare(op, lhs, rhs);
    });
    return vector;
  }
  for (Element& element : elements) {
    const auto [lhs, rhs] = sides(element.value);
    element.value = scalar_binary(op, lhs, rhs);
    if (drops_name(op, binary.return_bool)) element.name = nullptr;
  }
  return vector;
}

}  // namespace pmon::promql
