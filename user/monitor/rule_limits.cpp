// SPDX-License-Identifier: Apache-2.0
#include "monitor/rule_limits.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "monitor/rule_files.h"
#include "monitor/rule_inputs.h"
#include "rules/check.h"

namespace pmon::monitor {

namespace {

using rules::Warning;

constexpr std::size_t kMostNamed = 8;

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

std::string list_of(const std::vector<std::string>& names) {
  if (names.size() <= kMostNamed) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(names.begin(), names.begin() + kMostNamed, ", "),
                     names.size() - kMostNamed);
}

// What is the same for several rules.
struct Shared {
  std::string reason;
  std::vector<const rules::Rule*> rules;
  std::vector<std::string> subjects;

  [[nodiscard]] bool one_rule() const { return rules.size() == 1; }
  [[nodiscard]] std::string rule_names() const;
};

// Alerts before what is recorded for them. The shipped rules by name alone; of the user's files, the place of a
// single rule or the files of many.
std::string Shared::rule_names() const {
  std::vector<const rules::Rule*> sorted = rules;
  std::ranges::stable_partition(sorted, [](const rules::Rule* rule) { return !rule->alert.empty(); });
  std::vector<std::string> names;
  std::vector<std::string> files;
  for (const rules::Rule* rule : sorted) {
    add_once(names, rule->name());
    add_once(files, rule->position.file);
  }
  if (files == std::vector<std::string>{kDefaultRules})
    return fmt::format("{} {}", one_rule() ? "rule" : "rules", list_of(names));
  if (one_rule()) return fmt::format("rule {} ({}:{})", names.front(), files.front(), rules.front()->position.line);
  return fmt::format("rules {} of {}", list_of(names), list_of(files));
}

std::vector<Shared> by_reason(const std::vector<Warning>& warnings) {
  std::vector<Shared> shared;
  for (const Warning& warning : warnings) {
    auto same = std::ranges::find(shared, warning.reason, &Shared::reason);
    if (same == shared.end()) same = shared.insert(same, Shared{warning.reason, {}, {}});
    if (std::ranges::find(same->rules, warning.rule) == same->rules.end()) same->rules.push_back(warning.rule);
    add_once(same->subjects, warning.subject);
  }
  return shared;
}

Notice limited(std::string text) { return {Notice::Level::kWarning, "rule_limited", std::move(text)}; }

// The metrics that pmon has and rules get no samples of, each with the reason.
std::vector<std::pair<std::string, std::string>> missing_metrics(const Capabilities& capabilities) {
  std::vector<std::pair<std::string, std::string>> missing;
  for (const MetricInfo& row : metric_table()) {
    if (capabilities.has(row.metric)) continue;
    for (const char* prefix : {"pmon_process_", "pmon_group_"}) {
      missing.emplace_back(prefix + std::string(row.name), capabilities.why_missing(row.metric));
    }
  }
  for (const Feature& feature : capabilities.features) {
    if (feature.name != "exit_status" || feature.mode == Feature::Mode::kFull) continue;
    missing.emplace_back("pmon_group_processes_exited_total", feature.reason);
  }
  for (const std::string& name : known_metrics()) {
    if (!rules_get(name)) missing.emplace_back(name, "it is exported and not given to rules");
  }
  return missing;
}

Timestamp shortest_needed(const std::vector<Warning>& warnings) {
  Timestamp shortest = 0;
  for (const Warning& warning : warnings) {
    const Timestamp needed = warning.rule->expr.longest_interval();
    if (shortest == 0 || needed < shortest) shortest = needed;
  }
  return shortest;
}

std::string foreign_text(const Shared& shared) {
  return fmt::format("no such {} here: {}; {} never {} on {}", shared.subjects.size() == 1 ? "metric" : "metrics",
                     list_of(shared.subjects), shared.rule_names(), shared.one_rule() ? "fires" : "fire",
                     shared.subjects.size() == 1 ? "it" : "them");
}

std::string duplicate_text(const Shared& shared) {
  const bool shipped = std::ranges::find(shared.subjects, kDefaultRules) != shared.subjects.end();
  return fmt::format("{} {} in {} already, with the same labels: what they find mixes{}", shared.rule_names(),
                     shared.one_rule() ? "is" : "are", list_of(shared.subjects),
                     shipped ? "; --no-default-rules leaves out those that pmon ships" : "");
}

}  // namespace

std::vector<Notice> rule_limits(std::span<const rules::Group> groups, const Capabilities& capabilities,
                                Timestamp interval_ms) {
  std::vector<Notice> notices;
  for (const Shared& shared : by_reason(rules::check_measurable(groups, missing_metrics(capabilities)))) {
    notices.push_back(limited(fmt::format("{} cannot work as written, without {}: {}", shared.rule_names(),
                                          list_of(shared.subjects), shared.reason)));
  }
  for (const Shared& shared : by_reason(rules::check_foreign(groups, known_metrics()))) {
    notices.push_back(limited(foreign_text(shared)));
  }
  const std::vector<Warning> short_ranges = rules::check_ranges(groups, interval_ms);
  for (const Shared& shared : by_reason(short_ranges)) {
    notices.push_back(limited(fmt::format(
        "{} cannot work as written at an interval of {}, too few samples are in {} ranges: use --interval {}, or "
        "longer ranges",
        shared.rule_names(), rules::interval_text(interval_ms), shared.one_rule() ? "its" : "their",
        rules::interval_text(shortest_needed(short_ranges)))));
  }
  for (const Shared& shared : by_reason(rules::check_fixed_times(groups))) {
    notices.push_back(limited(fmt::format(
        "{} {} at a fixed time ('@'), whose samples are forgotten sooner or later: use offset, @ start() or @ end()",
        shared.rule_names(), shared.one_rule() ? "looks" : "look")));
  }
  for (const Shared& shared : by_reason(rules::check_work(groups, interval_ms))) {
    notices.push_back(limited(fmt::format(
        "{} cannot work as written, {} subqueries have more steps than an evaluation may take: take longer steps, or "
        "shorter ranges",
        shared.rule_names(), shared.one_rule() ? "its" : "their")));
  }
  for (const Shared& shared : by_reason(rules::check_duplicates(groups))) {
    notices.push_back({Notice::Level::kWarning, "rule_duplicate", duplicate_text(shared)});
  }
  return notices;
}

}  // namespace pmon::monitor
