// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_files.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "export/metric_catalog.h"
#include "pmon/suggest.h"

namespace pmon::monitor {

namespace {

using Groups = std::vector<rules::Group>;

// Sorted.
std::vector<std::string> known_metrics(const Groups& groups) {
  std::vector<std::string> names = {"ALERTS", "ALERTS_FOR_STATE"};
  for (const CatalogEntry& entry : metric_catalog()) names.push_back(entry.name);
  for (const rules::Group& group : groups) {
    for (const rules::Rule& rule : group.rules) {
      if (!rule.record.empty()) names.push_back(rule.record);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }

// Where the name stands as a whole word; the beginning where it does not.
std::size_t find_name(const std::string& expr, const std::string& name) {
  for (std::size_t at = expr.find(name); at != std::string::npos; at = expr.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool whole = (at == 0 || !is_name_char(expr[at - 1])) && (end == expr.size() || !is_name_char(expr[end]));
    if (whole) return at;
  }
  return 0;
}

std::string suggestion(const std::string& name, const std::vector<std::string>& known) {
  const std::string meant = did_you_mean(name, known);
  return meant.empty() ? " ('pmon metrics' lists them)" : meant;
}

void append(std::string& errors, const std::string& error) {
  if (!errors.empty() && !errors.ends_with('\n')) errors += '\n';
  errors += error;
}

void check_metrics(const Groups& groups, std::string& errors) {
  const std::vector<std::string> known = known_metrics(groups);
  for (const rules::Group& group : groups) {
    for (const rules::Rule& rule : group.rules) {
      for (const std::string& name : rule.expr.metric_names()) {
        if (std::binary_search(known.begin(), known.end(), name)) continue;
        const std::string& expr = rule.expr.text();
        const std::size_t at = rule.source->inside_scalar(rule.expr_start, expr, find_name(expr, name));
        append(errors,
               rule.source->error(at, fmt::format("unknown metric '{}'{}", name, suggestion(name, known))).text());
      }
    }
  }
}

}  // namespace

Result<Groups> load_rules(bool default_rules, const std::vector<std::string>& files) {
  Groups all;
  std::string errors;
  const auto add = [&all, &errors](Result<Groups> loaded) {
    if (!loaded) return append(errors, loaded.error().text());
    for (rules::Group& group : *loaded) all.push_back(std::move(group));
  };
  if (default_rules) add(rules::load(rules::default_rules_text(), "default.yml"));
  for (const std::string& file : files) add(rules::load_file(file));
  check_metrics(all, errors);
  if (!errors.empty()) return fail(ErrorKind::kUsage, errors);
  return all;
}

}  // namespace pmon::monitor
