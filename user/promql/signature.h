// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "promql/eval.h"

namespace pmon::promql {

// The labels on which an element is matched, as an interned set.
class Signature {
 public:
  Signature(Evaluator& evaluator, const Matching& matching) : evaluator_(evaluator), matching_(matching) {}

  const Labels* operator()(const Element& element) {
    return matching_.whole_set() ? element.labels : evaluator_.intern(part(element));
  }

 private:
  [[nodiscard]] Labels part(const Element& element) const;

  Evaluator& evaluator_;
  const Matching& matching_;
};

}  // namespace pmon::promql
