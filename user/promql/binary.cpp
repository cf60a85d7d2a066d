// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

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

bool Filter::passes(double value) const {
  return scalar_is_left ? compare(op, scalar, value) : compare(op, value, scalar);
}

InstantVector Evaluator::binary_with_scalar(const Binary& operation, Timestamp t) {
  const bool left = operation.lhs->type == ValueType::kScalar;
  const double value = scalar(left ? *operation.lhs : *operation.rhs, t);
  const Node& operand = left ? *operation.rhs : *operation.lhs;
  if (is_comparison(operation.op) && !operation.return_bool) {
    // What passes keeps its value, whichever side it is on, and its name.
    const Filter filter{operation.op, value, left};
    return vector(operand, t, &filter);
  }
  InstantVector out = vector(operand, t);
  const bool unnamed = drops_name(operation.op, operation.return_bool);
  for (Element& element : out.elements) {
    element.value =
        left ? scalar_binary(operation.op, value, element.value) : scalar_binary(operation.op, element.value, value);
    if (unnamed) element.name = nullptr;
  }
  require_unique(out);
  return out;
}

namespace {

// Up to so many elements on the left side, the right side is evaluated for their labels only.
constexpr std::size_t kFew = 1024;

}  // namespace

InstantVector Evaluator::binary(const Binary& operation, Timestamp t) {
  if (operation.lhs->type == ValueType::kScalar || operation.rhs->type == ValueType::kScalar) {
    return binary_with_scalar(operation, t);
  }
  const bool whole_set = operation.matching.whole_set() && operation.matching.cardinality == Cardinality::kOneToOne;
  // Where parts of the labels match, an element can matter to others than its own labels.
  const Only outer(*this, whole_set ? only_ : nullptr);
  InstantVector lhs = vector(*operation.lhs, t);
  const bool alone = operation.op == BinaryOp::kOr;  // the right side can make elements alone
  if (lhs.elements.empty() && !alone) return {};

  std::optional<LabelsIndex> few;
  if (whole_set && !alone && lhs.elements.size() <= kFew) {
    few.emplace(lhs.elements.size());
    for (const Element& element : lhs.elements) few->insert(element.labels, 0);
  }
  const Only inner(*this, few ? &*few : only_);
  const InstantVector rhs = vector(*operation.rhs, t);
  InstantVector out = is_set_operator(operation.op) ? combine_sets(*this, operation, lhs, rhs)
                                                    : match_vectors(*this, operation, std::move(lhs), rhs);
  require_unique(out);
  return out;
}

}  // namespace pmon::promql
