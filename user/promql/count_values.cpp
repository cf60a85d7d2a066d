// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "promql/grouping.h"
#include "promql/label_name.h"

namespace pmon::promql {

namespace {

// The shortest decimal digits that read back as the value, without an exponent.
std::string decimal(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 40> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value), std::chars_format::scientific).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  std::string digits(text.substr(0, e));
  std::erase(digits, '.');
  int exponent = 0;
  const std::string_view power = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  const int whole = exponent + 1;  // digits before the point
  const int size = static_cast<int>(digits.size());
  const std::string_view sign = std::signbit(value) ? "-" : "";
  if (whole <= 0) return fmt::format("{}0.{:0>{}}", sign, digits, size - whole);
  if (whole >= size) return fmt::format("{}{:0<{}}", sign, digits, whole);
  return fmt::format("{}{}.{}", sign, digits.substr(0, static_cast<std::size_t>(whole)),
                     digits.substr(static_cast<std::size_t>(whole)));
}

}  // namespace

InstantVector count_values(Evaluator& evaluator, const Aggregate& aggregate, const InstantVector& input) {
  const std::string& label = Evaluator::text(*aggregate.parameter);
  if (!is_label_name(label)) throw EvaluationError{fmt::format("invalid label name \"{}\"", label)};
  Grouping grouping(aggregate);
  // The value becomes a label before the elements are grouped: without() can take it away again, and always does so
  // with the name.
  const bool taken_away = aggregate.without &&
                          (label == kNameLabel || std::ranges::find(aggregate.labels, label) != aggregate.labels.end());
  std::map<ElementKey, std::size_t> positions;
  InstantVector out;
  out.distinct = false;
  for (const Element& element : input.elements) {
    Labels labels = grouping.labels_of(grouping.group_of(element));
    if (!taken_away) labels.set(label, decimal(element.value));
    const Element result = evaluator.element(std::move(labels), 1);
    const auto [at, added] = positions.try_emplace(ElementKey(result.labels, result.name), out.elements.size());
    if (added) {
      out.elements.push_back(result);
    } else {
      ++out.elements[at->second].value;
    }
  }
  return out;
}

}  // namespace pmon::promql
