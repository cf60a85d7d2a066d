// SPDX-License-Identifier: Apache-2.0
#include "rules/check.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

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

std::size_t place_of_expr(const Rule& rule) { return rule.source->inside_scalar(rule.expr_start, rule.expr.text(), 0); }

constexpr std::string_view kProcessPrefix = "pmon_process_";
constexpr std::size_t kSlips = 2;  // letters: more is another word

Warning warn(const Rule& rule, std::size_t at, std::string subject, std::string reason, std::string_view message) {
  return {&rule, std::move(subject), std::move(reason),
          rule.source->warning(at, fmt::format("rule '{}' {}", rule.name(), message))};
}

// Which metrics are there: those of pmon, and those that rules record.
class Names {
 public:
  Names(std::span<const Group> groups, std::span<const std::string> known) : all_(known.begin(), known.end()) {
    each_rule(groups, [this](const Rule& rule) {
      if (!rule.record.empty()) all_.push_back(rule.record);
    });
    std::ranges::sort(all_);
    for (const std::string& name : all_) {
      if (name.starts_with(kProcessPrefix)) bare_.push_back(std::string_view(name).substr(kProcessPrefix.size()));
    }
  }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  [[nodiscard]] bool contains(const std::string& name) const { return std::ranges::binary_search(all_, name); }

  [[nodiscard]] bool meant_for_pmon(const std::string& name) const {
    if (name.starts_with("pmon_")) return true;
    if (is_of_prometheus(name)) return false;
    return is_slip(name, closest(name, all_)) || is_slip(name, closest(name, bare_));
  }

  // " (did you mean 'x'?)" or "".
  [[nodiscard]] std::string suggestion(const std::string& name) const {
    const std::string_view bare = closest(name, bare_);
    if (!is_slip(name, bare)) return did_you_mean(name, all_);
    return fmt::format(" (did you mean '{}{}'?)", kProcessPrefix, bare);
  }

 private:
  // What a Prometheus server writes about every target: a name like pmon_process_up is no accident.
  static bool is_of_prometheus(std::string_view name) { return name == "up" || name.starts_with("scrape_"); }
  static bool is_slip(std::string_view name, std::string_view meant) {
    return !meant.empty() && edit_distance(name, meant) <= kSlips;
  }

  std::vector<std::string> all_;        // sorted
  std::vector<std::string_view> bare_;  // those of processes, without their prefix
};

// Calls f(rule, name) for every metric that is not there.
template <typename F>
void each_unknown(std::span<const Group> groups, const Names& names, F&& f) {
  each_rule(groups, [&](const Rule& rule) {
    for (const std::string& name : rule.expr.metric_names()) {
      if (!names.contains(name)) f(rule, name);
    }
  });
}

}  // namespace

std::string interval_text(Timestamp ms) {
  if (ms % 3600000 == 0) return fmt::format("{}h", ms / 3600000);
  if (ms % 60000 == 0) return fmt::format("{}m", ms / 60000);
  if (ms % 1000 == 0) return fmt::format("{}s", ms / 1000);
  return fmt::format("{}ms", ms);
}

std::vector<config::Diagnostic> check_metrics(std::span<const Group> groups, std::span<const std::string> known) {
  const Names names(groups, known);
  std::vector<config::Diagnostic> found;
  each_unknown(groups, names, [&](const Rule& rule, const std::string& name) {
    if (!names.meant_for_pmon(name)) return;
    std::string meant = names.suggestion(name);
    if (meant.empty()) meant = " ('pmon metrics' lists them)";
    found.push_back(rule.source->error(place_of(rule, name), fmt::format("unknown metric '{}'{}", name, meant)));
  });
  return found;
}

std::vector<Warning> check_foreign(std::span<const Group> groups, std::span<const std::string> known) {
  const Names names(groups, known);
  std::vector<Warning> found;
  each_unknown(groups, names, [&](const Rule& rule, const std::string& name) {
    if (names.meant_for_pmon(name)) return;
    found.push_back(
        warn(rule, place_of(rule, name), name, "",
             fmt::format("reads '{}': no such metric here, it never fires on it{}", name, names.suggestion(name))));
  });
  return found;
}

std::vector<Warning> check_ranges(std::span<const Group> groups, Timestamp interval_ms) {
  std::vector<Warning> found;
  each_rule(groups, [&](const Rule& rule) {
    const Timestamp longest = rule.expr.longest_interval();
    if (longest == 0 || interval_ms <= longest) return;
    found.push_back(warn(rule, place_of_expr(rule), interval_text(longest), "",
                         fmt::format("looks back too short for an interval of {}: its ranges do not hold enough "
                                     "samples; use --interval {} or shorter, or longer ranges",
                                     interval_text(interval_ms), interval_text(longest))));
  });
  return found;
}

std::vector<Warning> check_fixed_times(std::span<const Group> groups) {
  std::vector<Warning> found;
  each_rule(groups, [&](const Rule& rule) {
    if (!rule.expr.has_fixed_time()) return;
    found.push_back(warn(rule, place_of_expr(rule), "", "",
                         "looks at a fixed time ('@'), whose samples are forgotten once they are older than what the "
                         "rules look back on: from then on it finds nothing there; use offset, @ start() or @ end()"));
  });
  return found;
}

std::vector<Warning> check_work(std::span<const Group> groups, Timestamp interval_ms) {
  std::vector<Warning> found;
  each_rule(groups, [&](const Rule& rule) {
    if (rule.expr.least_work(interval_ms) <= promql::kRuleWork) return;
    found.push_back(warn(rule, place_of_expr(rule), "", "",
                         "fails at each evaluation: its subqueries have more steps than an evaluation may take; take "
                         "longer steps or shorter ranges"));
  });
  return found;
}

std::vector<Warning> check_duplicates(std::span<const Group> groups) {
  std::map<std::string, const Rule*> seen;
  std::vector<Warning> found;
  each_rule(groups, [&](const Rule& rule) {
    std::vector<std::string> labels;
    labels.reserve(rule.labels.size());
    for (const TemplatedLabel& label : rule.labels) labels.push_back(label.name + "\x01" + label.text);
    std::ranges::sort(labels);
    const auto [at, added] = seen.try_emplace(fmt::format("{}\x02{}", rule.name(), fmt::join(labels, "\x02")), &rule);
    if (added) return;
    const config::Position& first = at->second->position;
    found.push_back(warn(rule, place_of_expr(rule), first.file, "",
                         fmt::format("is there already, with the same labels, at {}:{}", first.file, first.line)));
  });
  return found;
}

std::vector<Warning> check_measurable(std::span<const Group> groups,
                                      std::span<const std::pair<std::string, std::string>> missing) {
  std::vector<Warning> found;
  each_rule(groups, [&](const Rule& rule) {
    for (const std::string& name : rule.expr.metric_names()) {
      const auto at = std::ranges::find(missing, name, &std::pair<std::string, std::string>::first);
      if (at == missing.end()) continue;
      found.push_back(warn(rule, place_of(rule, name), name, at->second,
                           fmt::format("needs '{}', which cannot be measured here: {}", name, at->second)));
    }
  });
  return found;
}

}  // namespace pmon::rules
