// SPDX-License-Identifier: Apache-2.0
#include "alerts/inhibition.h"

#include <set>
#include <string_view>
#include <utility>

namespace pmon::alerts {
namespace {

std::vector<std::string_view> values_of(std::span<const std::string> names, const Labels& labels) {
  std::vector<std::string_view> values;
  for (const std::string& name : names) values.push_back(labels.get(name));
  return values;
}

void apply(const InhibitRule& rule, std::span<const ActiveAlert* const> firing, std::vector<bool>& inhibited) {
  using Values = std::vector<std::string_view>;
  std::set<Values> sources;       // of alerts on the source side
  std::set<Values> pure_sources;  // and not on the target side
  for (const ActiveAlert* alert : firing) {
    if (!match_all(rule.source, alert->labels)) continue;
    Values values = values_of(rule.equal, alert->labels);
    if (!match_all(rule.target, alert->labels)) pure_sources.insert(values);
    sources.insert(std::move(values));
  }
  if (sources.empty()) return;
  for (std::size_t i = 0; i < firing.size(); ++i) {
    const Labels& labels = firing[i]->labels;
    if (!match_all(rule.target, labels)) continue;
    const std::set<Values>& by = match_all(rule.source, labels) ? pure_sources : sources;
    if (by.contains(values_of(rule.equal, labels))) inhibited[i] = true;
  }
}

}  // namespace

std::vector<InhibitRule> default_inhibit_rules() {
  const auto name = [](const char* alert) { return std::vector{LabelMatcher::equal("alertname", alert)}; };
  return {{name("OomRisk"), name("HeapGrowth"), {"pid"}},
          {name("OomRisk"), name("HeapLeak"), {"pid"}},
          {name("OomRisk"), name("SharedMemoryLeak"), {"pid"}}};
}

std::vector<bool> inhibited(std::span<const InhibitRule> rules, std::span<const ActiveAlert* const> firing) {
  std::vector<bool> result(firing.size(), false);
  for (const InhibitRule& rule : rules) apply(rule, firing, result);
  return result;
}

}  // namespace pmon::alerts
