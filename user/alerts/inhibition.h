// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "alerts/active_alert.h"
#include "pmon/labels.h"
#include "pmon/result.h"

namespace re2 {
class RE2;
}

namespace pmon::alerts {

// A condition on one label, as in Alertmanager: an absent label has the value "".
class LabelMatcher {
 public:
  enum class Op { kEqual, kNotEqual, kMatches, kNotMatches };

  // Fails on a broken regular expression; expressions match the whole value.
  [[nodiscard]] static Result<LabelMatcher> make(std::string label, Op op, std::string value);
  [[nodiscard]] static LabelMatcher equal(std::string label, std::string value);

  [[nodiscard]] bool matches(const Labels& labels) const;

 private:
  LabelMatcher(std::string label, Op op, std::string value)
      : label_(std::move(label)), op_(op), value_(std::move(value)) {}

  std::string label_;
  Op op_;
  std::string value_;
  std::shared_ptr<const re2::RE2> regex_;
};

// While an alert that matches all of `source` fires, alerts that match all of `target` and agree with it
// in the labels `equal` are not told. As in Alertmanager, an alert that matches both sides cannot be
// inhibited by another one that does, itself included.
struct InhibitRule {
  std::vector<LabelMatcher> source;
  std::vector<LabelMatcher> target;
  std::vector<std::string> equal;
};

// OomRisk over HeapGrowth and HeapLeak of the same process.
[[nodiscard]] std::vector<InhibitRule> default_inhibit_rules();

// For each firing alert, whether some rule inhibits it.
[[nodiscard]] std::vector<bool> inhibited(std::span<const InhibitRule> rules,
                                          std::span<const ActiveAlert* const> firing);

}  // namespace pmon::alerts
