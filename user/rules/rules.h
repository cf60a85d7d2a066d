// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pmon/labels.h"
#include "pmon/result.h"
#include "promql/promql.h"
#include "series/series_store.h"

namespace pmon::rules {

struct Position {
  std::string file;
  int line = 0;
  int column = 0;
};

struct Rule {
  std::string alert;   // exactly one of alert and record is set
  std::string record;
  promql::Expr expr;
  Timestamp for_ms = 0;
  Timestamp keep_firing_for_ms = 0;
  Labels labels;
  Labels annotations;  // templates, not expanded
  Position position;
};

struct Group {
  std::string name;
  std::optional<Timestamp> interval_ms;  // absent: the collection interval
  int limit = 0;
  std::vector<Rule> rules;
  Position position;
};

// Reads a rule file in Prometheus's format. Every error of the file in one message, each as
// "file:line:column: what", source line, caret, suggestion. `file` is a name for messages.
[[nodiscard]] Result<std::vector<Group>> load(std::string_view yaml, const std::string& file);
[[nodiscard]] Result<std::vector<Group>> load_file(const std::string& path);
// The rules that pmon ships (rules/default.yml, embedded), as text and parsed.
[[nodiscard]] std::string_view default_rules_text();

}  // namespace pmon::rules
