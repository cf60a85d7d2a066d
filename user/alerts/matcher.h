// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pmon/labels.h"
#include "pmon/result.h"

namespace re2 {
class RE2;
}

namespace pmon::alerts {

// A condition on one label, as in Alertmanager: an absent label has the value "".
class LabelMatcher {
 public:
  enum class Op : std::uint8_t { kEqual, kNotEqual, kMatches, kNotMatches };

  // Fails on a broken regular expression; expressions match the whole value.
  [[nodiscard]] static Result<LabelMatcher> make(std::string label, Op op, std::string value);
  [[nodiscard]] static LabelMatcher equal(std::string label, std::string value);

  [[nodiscard]] bool matches(const Labels& labels) const { return matches_value(labels.get(label_)); }
  [[nodiscard]] bool matches_value(std::string_view value) const;

  [[nodiscard]] const std::string& label() const { return label_; }
  [[nodiscard]] Op op() const { return op_; }
  [[nodiscard]] const std::string& value() const { return value_; }
  // label="value", which parse_matcher() reads back.
  [[nodiscard]] std::string text() const;

  // Same label, operator and value; what matches the same may still be different.
  bool operator==(const LabelMatcher& other) const {
    return label_ == other.label_ && op_ == other.op_ && value_ == other.value_;
  }

 private:
  LabelMatcher(std::string label, Op op, std::string value)
      : label_(std::move(label)), op_(op), value_(std::move(value)) {}

  std::string label_;
  Op op_;
  std::string value_;
  std::shared_ptr<const re2::RE2> regex_;
};

// One matcher as Alertmanager 0.25 reads it: label, =, !=, =~ or !~, value. A value in double quotes may
// hold \", \\ and \n; without quotes it reaches to the end of the text, blanks around it left out.
// Errors (kUsage): "1:4: what is wrong", the text, and a caret under the place.
[[nodiscard]] Result<LabelMatcher> parse_matcher(std::string_view text);

// Matchers separated by commas outside of quotes, in braces or not; one comma may trail. No matchers at
// all ("", "{}") give an empty list. Errors as parse_matcher()'s.
[[nodiscard]] Result<std::vector<LabelMatcher>> parse_matchers(std::string_view text);

// {a="b",c=~"d.*"}
[[nodiscard]] std::string text_of(std::span<const LabelMatcher> matchers);

[[nodiscard]] bool match_all(std::span<const LabelMatcher> matchers, const Labels& labels);

}  // namespace pmon::alerts
