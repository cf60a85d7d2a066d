// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_files.h"

#include <utility>

#include "export/metric_catalog.h"
#include "rules/check.h"

namespace pmon::monitor {

namespace {

using RuleGroups = std::vector<rules::Group>;

}  // namespace

std::vector<std::string> known_metrics() {
  std::vector<std::string> names = {"ALERTS", "ALERTS_FOR_STATE"};
  for (const CatalogEntry& entry : metric_catalog()) names.push_back(entry.name);
  return names;
}

Result<RuleGroups> load_rules(bool default_rules, const std::vector<std::string>& files) {
  RuleGroups all;
  std::string errors;
  const auto add = [&all, &errors](Result<RuleGroups> loaded) {
    if (!loaded) return config::append_line(errors, loaded.error().text());
    for (rules::Group& group : *loaded) all.push_back(std::move(group));
  };
  if (default_rules) add(rules::load(rules::default_rules_text(), kDefaultRules));
  for (const std::string& file : files) add(rules::load_file(file));
  if (const auto unknown = rules::check_metrics(all, known_metrics()); !unknown.empty()) {
    config::append_line(errors, config::text_of(unknown));
  }
  if (!errors.empty()) return fail(ErrorKind::kUsage, errors);
  return all;
}

std::vector<config::Diagnostic> rule_warnings(std::span<const rules::Group> groups) {
  std::vector<config::Diagnostic> found;
  for (rules::Warning& warning : rules::check_foreign(groups, known_metrics())) {
    found.push_back(std::move(warning.diagnostic));
  }
  for (rules::Warning& warning : rules::check_fixed_times(groups)) found.push_back(std::move(warning.diagnostic));
  for (rules::Warning& warning : rules::check_work(groups, 0)) found.push_back(std::move(warning.diagnostic));
  for (rules::Warning& warning : rules::check_duplicates(groups)) found.push_back(std::move(warning.diagnostic));
  return found;
}

}  // namespace pmon::monitor
