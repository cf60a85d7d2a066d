// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "promql/ast.h"
#include "promql/budget.h"
#include "promql/functions.h"
#include "promql/labels_index.h"
#include "promql/promql.h"
#include "promql/values.h"
#include "series/label_pool.h"

namespace pmon::promql {

// Thrown within an evaluation; evaluate() turns it into an Error.
struct EvaluationError {
  std::string message;
  std::string remedy{};
};

// A comparison with a scalar that lets elements through, applied where they are made.
struct Filter {
  BinaryOp op;
  double scalar;
  bool scalar_is_left;

  [[nodiscard]] bool passes(double value) const;
};

// One evaluation of one expression, at each time of a query: what was interned stays. `t` is the time of a step: one of
// the query's, or of a subquery.
class Evaluator {
 public:
  Evaluator(const SeriesStore& store, QuerySpan query, const EvaluationOptions& options, Budget& budget)
      : store_(store), query_(query), options_(options), budget_(budget) {}

  // Throws where the budget does not allow so much more.
  void spend(std::uint64_t work) {
    if (!budget_.take(work)) over_budget();
  }

  // By the type of the node.
  [[nodiscard]] double scalar(const Node& node, Timestamp t);
  [[nodiscard]] InstantVector vector(const Node& node, Timestamp t, const Filter* filter = nullptr);
  [[nodiscard]] RangeVector range(const Node& node, Timestamp t);
  [[nodiscard]] static const std::string& text(const Node& node) { return node.as<StringLiteral>()->value; }

  // The instant selector's samples; kTimes: with their timestamps, in seconds, for values.
  enum class Take { kValues, kTimes };
  [[nodiscard]] InstantVector select(const Selector& selector, Timestamp t, Take take = Take::kValues,
                                     const Filter* filter = nullptr);

  // Interned: equal arguments give equal addresses, those of the store's label sets included.
  [[nodiscard]] const Labels* intern(Labels labels);
  [[nodiscard]] const std::string* intern_name(std::string_view name);
  // Labels that may hold __name__, parted into set and name.
  [[nodiscard]] Element element(Labels labels, double value);

 private:
  [[noreturn]] static void over_budget();
  InstantVector unary(const Unary& unary, Timestamp t);
  InstantVector call(const Call& call, Timestamp t, const Filter* filter);
  InstantVector over_range(const Call& call, RangeFunction body, Timestamp t, const Filter* filter);
  InstantVector over_values(const Call& call, ValueFunction body, Timestamp t);
  RangeVector select_range(const Selector& selector, Timestamp t);
  RangeVector subquery(const Subquery& subquery, Timestamp t);
  InstantVector binary(const Binary& binary, Timestamp t);
  InstantVector binary_with_scalar(const Binary& binary, Timestamp t);
  InstantVector aggregate(const Aggregate& aggregate, Timestamp t);
  template <typename F>
  bool each_series(const Selector& selector, F&& f);
  [[nodiscard]] bool wanted(const Labels* labels) const {
    return only_ == nullptr || only_->find(labels) != LabelsIndex::kNone;
  }

  // For its life, only these label sets are of interest; nullptr: all are.
  class Only {
   public:
    Only(Evaluator& evaluator, const LabelsIndex* only) : evaluator_(evaluator), outer_(evaluator.only_) {
      evaluator_.only_ = only;
    }
    ~Only() { evaluator_.only_ = outer_; }
    Only(const Only&) = delete;
    Only& operator=(const Only&) = delete;

   private:
    Evaluator& evaluator_;
    const LabelsIndex* outer_;
  };

  const SeriesStore& store_;
  QuerySpan query_;
  EvaluationOptions options_;
  Budget& budget_;
  // Label sets to which the result of what is evaluated now matters, as when the left side of `and` has left few.
  const LabelsIndex* only_ = nullptr;
  std::unordered_set<Labels, LabelsHash> labels_;  // those that the store does not have
  std::unordered_set<std::string> names_;
};

// Operators: binary.cpp.
[[nodiscard]] double arithmetic(BinaryOp op, double lhs, double rhs);
[[nodiscard]] bool compare(BinaryOp op, double lhs, double rhs);
[[nodiscard]] double scalar_binary(BinaryOp op, double lhs, double rhs);
// Two vectors: matching.cpp, sets.cpp.
[[nodiscard]] InstantVector match_vectors(Evaluator& evaluator, const Binary& binary, InstantVector lhs,
                                          const InstantVector& rhs);
[[nodiscard]] InstantVector combine_sets(Evaluator& evaluator, const Binary& binary, const InstantVector& lhs,
                                         const InstantVector& rhs);

// Drops what does not pass; nullptr: nothing.
void apply(const Filter* filter, InstantVector& vector);
// The element's labels with its name, as they are shown.
[[nodiscard]] Labels full_labels(const Element& element);
// Sets the names to none, as most operations do.
void drop_names(InstantVector& vector);
// Throws where two elements have the same labels and name. After operations that can make it so.
void require_unique(InstantVector& vector);

}  // namespace pmon::promql
