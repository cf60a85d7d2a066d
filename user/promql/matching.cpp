// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "promql/labels_index.h"
#include "promql/signature.h"

namespace pmon::promql {

namespace {

// What an operation makes of two matched elements; nothing where a comparison filters them out.
std::optional<double> operate(const Binary& binary, double lhs, double rhs) {
  if (!is_comparison(binary.op)) return arithmetic(binary.op, lhs, rhs);
  const bool holds = compare(binary.op, lhs, rhs);
  if (binary.return_bool) return holds ? 1.0 : 0.0;
  return holds ? std::optional(lhs) : std::nullopt;
}

// Both sides have one element per label set and the whole set matches: joined by address. Both sides
// mostly list the same processes in the same order, so the index is made only when they part.
// The result takes the place of the left side.
InstantVector join(const Binary& binary, InstantVector lhs, const InstantVector& rhs) {
  std::optional<LabelsIndex> index;
  std::size_t next = 0;
  std::size_t size = 0;
  const bool unnamed = drops_name(binary.op, binary.return_bool);
  for (const Element& left : lhs.elements) {
    if (next >= rhs.elements.size() || rhs.elements[next].labels != left.labels) {
      if (!index) {
        index.emplace(rhs.elements.size());
        for (std::uint32_t i = 0; i < rhs.elements.size(); ++i) index->insert(rhs.elements[i].labels, i);
      }
      const std::uint32_t found = index->find(left.labels);
      if (found == LabelsIndex::kNone) continue;
      next = found;
    }
    const auto value = operate(binary, left.value, rhs.elements[next++].value);
    if (value) lhs.elements[size++] = {left.labels, unnamed ? nullptr : left.name, *value};
  }
  lhs.elements.resize(size);
  return lhs;
}

// Any matching; `many` is the left side unless group_right swaps them.
class VectorMatcher {
 public:
  VectorMatcher(Evaluator& evaluator, const Binary& binary, const InstantVector& lhs, const InstantVector& rhs)
      : evaluator_(evaluator),
        binary_(binary),
        swapped_(binary.matching.cardinality == Cardinality::kOneToMany),
        many_(swapped_ ? rhs : lhs),
        one_(swapped_ ? lhs : rhs),
        signature_(evaluator, binary.matching) {}

  InstantVector run() {
    const bool one_to_one = binary_.matching.cardinality == Cardinality::kOneToOne;
    const LabelsIndex ones = index_one_side();
    LabelsIndex used(many_.elements.size());
    std::set<std::pair<const Labels*, std::pair<const Labels*, const std::string*>>> made;
    InstantVector out;
    out.distinct = false;
    for (const Element& element : many_.elements) {
      const Labels* key = signature_(element);
      const std::uint32_t found = ones.find(key);
      if (found == LabelsIndex::kNone) continue;
      const Element& other = one_.elements[found];
      const auto value =
          swapped_ ? operate(binary_, other.value, element.value) : operate(binary_, element.value, other.value);
      if (!value) continue;
      const Element result = result_element(element, other, *value);
      if (one_to_one && used.insert(key, 0) != LabelsIndex::kNone) {
        throw EvaluationError{
            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"};
      }
      if (!one_to_one && !made.insert({key, {result.labels, result.name}}).second) {
        throw EvaluationError{"multiple matches for labels: grouping labels must ensure unique matches"};
      }
      out.elements.push_back(result);
    }
    return out;
  }

 private:
  LabelsIndex index_one_side() {
    LabelsIndex index(one_.elements.size());
    for (std::uint32_t i = 0; i < one_.elements.size(); ++i) {
      const Labels* key = signature_(one_.elements[i]);
      const std::uint32_t other = index.insert(key, i);
      if (other == LabelsIndex::kNone) continue;
      throw EvaluationError{
          fmt::format("found duplicate series for the match group {} on the {} hand-side of the operation: [{}, {}];"
                      "many-to-many matching not allowed: matching labels must be unique on one side",
                      key->braced(), swapped_ ? "left" : "right", full_labels(one_.elements[i]).braced(),
                      full_labels(one_.elements[other]).braced())};
    }
    return index;
  }

  Element result_element(const Element& many, const Element& one, double value) {
    const Matching& matching = binary_.matching;
    Labels labels = full_labels(many);
    if (drops_name(binary_.op, binary_.return_bool)) labels.erase(kNameLabel);
    if (matching.cardinality == Cardinality::kOneToOne) {
      if (matching.on) {
        Labels kept;
        for (const std::string& label : matching.labels) kept.set(label, labels.get(label));
        labels = std::move(kept);
      } else {
        for (const std::string& label : matching.labels) labels.erase(label);
      }
    }
    for (const std::string& label : matching.include) {
      const bool name = label == kNameLabel;
      labels.set(label, name ? (one.name != nullptr ? std::string_view(*one.name) : "") : one.labels->get(label));
    }
    return evaluator_.element(std::move(labels), value);
  }

  Evaluator& evaluator_;
  const Binary& binary_;
  bool swapped_;
  const InstantVector& many_;
  const InstantVector& one_;
  Signature signature_;
};

}  // namespace

InstantVector match_vectors(Evaluator& evaluator, const Binary& binary, InstantVector lhs, const InstantVector& rhs) {
  // Before the checks, as Prometheus does: where one side is empty, duplicates on the other are no error.
  if (lhs.elements.empty() || rhs.elements.empty()) return {};
  const bool plain = binary.matching.whole_set() && binary.matching.cardinality == Cardinality::kOneToOne;
  if (plain && lhs.distinct && rhs.distinct) return join(binary, std::move(lhs), rhs);
  return VectorMatcher(evaluator, binary, lhs, rhs).run();
}

}  // namespace pmon::promql
