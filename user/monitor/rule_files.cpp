// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_files.h"

#include <algorithm>

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

void append(std::string& errors, const std::string& error) { errors += (errors.empty() ? "" : "\n") + error; }

void check_metrics(const Groups& groups, std::string& errors) {
  const std::vector<std::string> known = known_metrics(groups);
  for (const rules::Group& group : groups) {
    for (const rules::Rule& rule : group.rules) {
      for (const std::string& name : rule.expr.metric_names()) {
        if (std::binary_search(known.begin(), known.end(), name)) continue;
        append(errors, fmt::format("{}:{}:{}: rule '{}' selects the unknown metric '{}'{}", rule.position.file,
                                   rule.position.line, rule.position.column,
                                   rule.alert.empty() ? rule.record : rule.alert, name, did_you_mean(name, known)));
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
  if (!errors.empty())
    return fail(ErrorKind::kUsage, errors, "'pmon metrics' lists the metrics, 'pmon check' tries a file");
  return all;
}

}  // namespace pmon::monitor
