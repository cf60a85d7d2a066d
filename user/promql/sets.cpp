// SPDX-License-Identifier: Apache-2.0
#include "promql/labels_index.h"
#include "promql/signature.h"

namespace pmon::promql {

Labels Signature::part(const Element& element) const {
  Labels out;
  if (matching_.on) {
    for (const std::string& label : matching_.labels) {
      if (label != kNameLabel) {
        out.set(label, element.labels->get(label));
      } else if (element.name != nullptr) {
        out.set(label, *element.name);
      }
    }
    return out;
  }
  out = *element.labels;
  for (const std::string& label : matching_.labels) out.erase(label);
  return out;
}

namespace {

LabelsIndex index_of(const InstantVector& vector, Signature& signature) {
  LabelsIndex index(vector.elements.size());
  for (const Element& element : vector.elements) index.insert(signature(element), 0);
  return index;
}

}  // namespace

InstantVector combine_sets(Evaluator& evaluator, const Binary& binary, const InstantVector& lhs,
                           const InstantVector& rhs) {
  Signature signature(evaluator, binary.matching);
  InstantVector out;
  out.distinct = lhs.distinct;
  if (binary.op == BinaryOp::kOr) {
    out = lhs;
    const LabelsIndex left = index_of(lhs, signature);
    for (const Element& element : rhs.elements) {
      if (left.find(signature(element)) == LabelsIndex::kNone) out.elements.push_back(element);
    }
    out.distinct = lhs.distinct && rhs.distinct && binary.matching.whole_set();
    return out;
  }
  const LabelsIndex right = index_of(rhs, signature);
  const bool keep_known = binary.op == BinaryOp::kAnd;
  for (const Element& element : lhs.elements) {
    if ((right.find(signature(element)) != LabelsIndex::kNone) == keep_known) out.elements.push_back(element);
  }
  return out;
}

}  // namespace pmon::promql
