// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/source.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"
#include "promql/promql.h"
#include "rules/template.h"

namespace pmon::rules {

// A label or annotation of a rule: its name, and its value as written and, of alerts, as parsed.
struct TemplatedLabel {
  std::string name;
  std::string text;
  Template value;
};

struct Rule {
  std::string alert;  // exactly one of alert and record is set
  std::string record;
  promql::Expr expr;
  Timestamp for_ms = 0;
  Timestamp keep_firing_for_ms = 0;
  std::vector<TemplatedLabel> labels;       // an empty value takes the label away
  std::vector<TemplatedLabel> annotations;  // alerts only
  config::Position position;

  // Where the expression stands, for complaints about it that come later than loading.
  std::shared_ptr<const config::Source> source;
  std::size_t expr_start = 0;

  [[nodiscard]] const std::string& name() const { return alert.empty() ? record : alert; }
};

struct Group {
  std::string name;
  std::optional<Timestamp> interval_ms;  // absent: the collection interval
  std::size_t limit = 0;                 // most results of a rule; 0: no limit
  std::vector<Rule> rules;
  config::Position position;
};

// Reads a rule file in Prometheus's format. Every error of the file in one message, each as
// "file:line:column: what", source line, caret, suggestion. `file` is a name for messages.
[[nodiscard]] Result<std::vector<Group>> load(std::string_view yaml, const std::string& file);
[[nodiscard]] Result<std::vector<Group>> load_file(const std::string& path);
// The rules that pmon ships (rules/default.yml, embedded), as text; load() reads it without error.
[[nodiscard]] std::string_view default_rules_text();

}  // namespace pmon::rules
