// SPDX-License-Identifier: Apache-2.0
// Functions that rewrite labels.
#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "promql/eval.h"
#include "promql/functions.h"

namespace pmon::promql {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_letter_or_digit(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

void check_label_name(const std::string& name, std::string_view role, std::string_view function) {
  const bool valid = !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), is_letter_or_digit);
  if (!valid) throw EvaluationError{fmt::format("invalid {} label name in {}(): {}", role, function, name)};
}

class Template {
 public:
  Template(std::string_view text, const re2::RE2& regex) : text_(text), names_(regex.NamedCapturingGroups()) {}

  [[nodiscard]] std::size_t most_references() const {
    return static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '$'));
  }
  // $1, ${1}, $name, ${name}; $$ is a dollar. A group that is not there is empty, and a dollar that starts
  // no reference stays.
  [[nodiscard]] std::string expand(const std::vector<re2::StringPiece>& groups) const {
    std::string out;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      std::size_t next = i;
      if (text_[i] != '$') {
        out += text_[i];
      } else if (i + 1 < text_.size() && text_[i + 1] == '$') {
        out += text_[++i];
      } else if (const std::string_view reference = reference_at(i + 1, next); !reference.empty()) {
        out += group(reference, groups);
        i = next - 1;
      } else {
        out += '$';
      }
    }
    return out;
  }

 private:
  // The reference after a dollar; `next` is set past it.
  [[nodiscard]] std::string_view reference_at(std::size_t at, std::size_t& next) const {
    const bool brace = at < text_.size() && text_[at] == '{';
    if (brace) ++at;
    std::size_t end = at;
    while (end < text_.size() && is_letter_or_digit(text_[end])) ++end;
    if (end == at || (brace && (end == text_.size() || text_[end] != '}'))) return {};
    next = end + (brace ? 1 : 0);
    return text_.substr(at, end - at);
  }

  [[nodiscard]] std::string group(std::string_view reference, const std::vector<re2::StringPiece>& groups) const {
    std::size_t number = groups.size();
    if (std::all_of(reference.begin(), reference.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      if (reference.size() < 6) number = std::stoul(std::string(reference));
    } else if (const auto at = names_.find(std::string(reference)); at != names_.end()) {
      number = static_cast<std::size_t>(at->second);
    }
    return number < groups.size() ? std::string(groups[number]) : std::string();
  }

  std::string_view text_;
  const std::map<std::string, int>& names_;
};

// label_replace(v, destination, replacement, source, regex)
InstantVector label_replace(Evaluator& evaluator, const Call& call, Timestamp t) {
  const std::string& destination = Evaluator::text(*call.arguments[1]);
  const std::string& source = Evaluator::text(*call.arguments[3]);
  check_label_name(destination, "destination", "label_replace");
  const re2::RE2& regex = *call.regex;
  const Template replacement(Evaluator::text(*call.arguments[2]), regex);
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);

  InstantVector out = evaluator.vector(*call.arguments[0], t);
  for (Element& element : out.elements) {
    Labels labels = full_labels(element);
    const std::string value(labels.get(source));
    if (!regex.Match(value, 0, value.size(), re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()))) {
      continue;
    }
    evaluator.spend(Work::kMatch + value.size() * replacement.most_references());
    labels.set(destination, replacement.expand(groups));
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
      evaluator.spend(part.size());  // joins of joins grow without end
      joined += part;
    }
    labels.set(destination, joined);
    element = evaluator.element(std::move(labels), element.value);
  }
  out.distinct = false;
  return out;
}

constexpr ValueType kText = ValueType::kString;

constexpr Function kRows[] = {
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

constinit const std::span<const Function> kLabelFunctions = kRows;

}  // namespace pmon::promql
