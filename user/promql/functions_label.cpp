// SPDX-License-Identifier: Apache-2.0
// Functions that rewrite labels.
#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "promql/eval.h"
#include "promql/functions.h"
#include "promql/label_name.h"
#include "promql/regex_expand.h"

namespace pmon::promql {

namespace {

void check_label_name(const std::string& name, std::string_view role, std::string_view function) {
  if (!is_label_name(name))
    throw EvaluationError{fmt::format("invalid {} label name in {}(): {}", role, function, name)};
}

// label_replace(v, destination, replacement, source, regex)
InstantVector label_replace(Evaluator& evaluator, const Call& call, Timestamp t) {
  const std::string& destination = Evaluator::text(*call.arguments[1]);
  const std::string& source = Evaluator::text(*call.arguments[3]);
  check_label_name(destination, "destination", "label_replace");
  const re2::RE2& regex = *call.regex;
  const std::string& replacement = Evaluator::text(*call.arguments[2]);
  const auto most_references = static_cast<std::size_t>(std::ranges::count(replacement, '$'));
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);

  InstantVector out = evaluator.vector(*call.arguments[0], t);
  for (Element& element : out.elements) {
    Labels labels = full_labels(element);
    const std::string value(labels.get(source));
    if (!regex.Match(value, 0, value.size(), re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()))) {
      continue;
    }
    evaluator.spend(Work::kMatch + Work::kByte * value.size() * most_references);
    labels.set(destination, regex_expand(replacement, regex, groups));
    element = evaluator.element(std::move(labels), element.value);
  }
  out.distinct = false;
  return out;
}

// label_join(v, destination, separator, source…)
InstantVector label_join(Evaluator& evaluator, const Call& call, Timestamp t) {
  const std::string& destination = Evaluator::text(*call.arguments[1]);
  const std::string& separator = Evaluator::text(*call.arguments[2]);
  check_label_name(destination, "destination", "label_join");
  for (std::size_t i = 3; i < call.arguments.size(); ++i) {
    check_label_name(Evaluator::text(*call.arguments[i]), "source", "label_join");
  }
  InstantVector out = evaluator.vector(*call.arguments[0], t);
  for (Element& element : out.elements) {
    Labels labels = full_labels(element);
    std::string joined;
    for (std::size_t i = 3; i < call.arguments.size(); ++i) {
      if (i > 3) joined += separator;
      const std::string_view part = labels.get(Evaluator::text(*call.arguments[i]));
      evaluator.spend(Work::kByte * part.size());  // joins of joins grow without end
      joined += part;
    }
    labels.set(destination, joined);
    element = evaluator.element(std::move(labels), element.value);
  }
  out.distinct = false;
  return out;
}

constexpr ValueType kText = ValueType::kString;

constexpr Function kLabelRows[] = {
    {.name = "label_replace",
     .arguments = {ValueType::kVector, kText, kText, kText, kText},
     .least = 5,
     .most = 5,
     .body = label_replace},
    {.name = "label_join",
     .arguments = {ValueType::kVector, kText, kText, kText},
     .least = 3,
     .most = Function::kAnyNumber,
     .body = label_join},
};

}  // namespace

constinit const std::span<const Function> kLabelFunctions = kLabelRows;

}  // namespace pmon::promql
