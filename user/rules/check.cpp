// SPDX-License-Identifier: Apache-2.0
#include "rules/check.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include <fmt/format.h>

#include "pmon/suggest.h"

namespace pmon::rules {
namespace {

// Calls f(rule) for every rule.
template <typename F>
void each_rule(std::span<const Group> groups, F&& f) {
  for (const Group& group : groups) {
    for (const Rule& rule : group.rules) f(rule);
  }
}

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }

// Where a metric name stands in an expression; 0 where it is written in another form.
std::size_t find_name(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool starts = at == 0 || !is_name_char(text[at - 1]);
    const bool ends = end == text.size() || !is_name_char(text[end]);
    if (starts && ends) return at;
  }
  return 0;
}

std::size_t place_of(const Rule& rule, std::string_view name) {
  const std::string& text = rule.expr.text();
  return rule.source->inside_scalar(rule.expr_start, text, find_name(text, name));
}

std::string duration_text(Timestamp ms) {
  if (ms % 3600000 == 0) return fmt::format("{}h", ms / 3600000);
  if (ms % 60000 == 0) return fmt::format("{}m", ms / 60000);
  if (ms % 1000 == 0) return fmt::format("{}s", ms / 1000);
  return fmt::format("{}ms", ms);
}

}  // namespace

std::vector<Diagnostic> check_metrics(std::span<const Group> groups, std::span<const std::string> known) {
  std::vector<std::string> names(known.begin(), known.end());
  each_rule(groups, [&](const Rule& rule) {
    if (!rule.record.empty()) names.push_back(rule.record);
  });
  const std::set<std::string_view> set(names.begin(), names.end());
  std::vector<Diagnostic> found;
  each_rule(groups, [&](const Rule& rule) {
    for (const std::string& name : rule.expr.metric_names()) {
      if (!name.starts_with("pmon_") || set.contains(name)) continue;
      found.push_back(rule.source->error(place_of(rule, name),
                                         fmt::format("rule '{}': pmon has no metric '{}'{}; 'pmon metrics' lists them",
                                                     rule.name(), name, did_you_mean(name, names))));
    }
  });
  return found;
}

std::vector<Diagnostic> check_ranges(std::span<const Group> groups, Timestamp interval_ms) {
  std::vector<Diagnostic> found;
  each_rule(groups, [&](const Rule& rule) {
    const Timestamp shortest = rule.expr.shortest_range();
    if (shortest == 0 || shortest >= 2 * interval_ms) return;
    found.push_back(rule.source->warning(
        rule.source->inside_scalar(rule.expr_start, rule.expr.text(), 0),
        fmt::format("rule '{}' looks back {}, less than two collection intervals of {}: it may never see two samples "
                    "and never fire; use a shorter --interval or a longer range",
                    rule.name(), duration_text(shortest), duration_text(interval_ms))));
  });
  return found;
}

std::vector<Diagnostic> check_duplicates(std::span<const Group> groups) {
  std::map<std::string, const Rule*> seen;
  std::vector<Diagnostic> found;
  each_rule(groups, [&](const Rule& rule) {
    std::vector<std::string> labels;
    for (const TemplatedLabel& label : rule.labels) labels.push_back(label.name + "\x01" + label.text);
    std::ranges::sort(labels);
    const auto [at, added] = seen.try_emplace(fmt::format("{}\x02{}", rule.name(), fmt::join(labels, "\x02")), &rule);
    if (added) return;
    const Position& first = at->second->position;
    found.push_back(rule.source->warning(rule.source->inside_scalar(rule.expr_start, rule.expr.text(), 0),
                                         fmt::format("rule '{}' is there already, with the same labels, at {}:{}",
                                                     rule.name(), first.file, first.line)));
  });
  return found;
}

std::vector<Diagnostic> check_measurable(std::span<const Group> groups,
                                         std::span<const std::pair<std::string, std::string>> missing) {
  std::vector<Diagnostic> found;
  each_rule(groups, [&](const Rule& rule) {
    for (const std::string& name : rule.expr.metric_names()) {
      const auto at = std::ranges::find(missing, name, &std::pair<std::string, std::string>::first);
      if (at == missing.end()) continue;
      found.push_back(rule.source->warning(
          place_of(rule, name),
          fmt::format("rule '{}' needs '{}', which cannot be measured here: {}", rule.name(), name, at->second)));
    }
  });
  return found;
}

}  // namespace pmon::rules
