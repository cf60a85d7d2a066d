// SPDX-License-Identifier: Apache-2.0
// One rule file for each kind of mistake, and its message as people see it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../../golden/golden.h"
#include "rules/check.h"
#include "rules/rules.h"

namespace pmon::rules {
namespace {

struct Mistake {
  const char* kind;
  std::string yaml;
};

std::string rule(const std::string& keys) {
  return "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n" + keys;
}
std::string expr(const std::string& text) {
  return "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: " + text + "\n";
}

std::vector<Mistake> mistakes() {
  return {
      {"no YAML", "groups: [\n"},
      {"a list", "- groups\n"},
      {"unknown key of the file", "group: []\n"},
      {"key twice", "groups: []\ngroups: []\n"},
      {"groups as a text", "groups: all\n"},
      {"unknown key of a group", "groups:\n- name: g\n  intervall: 5s\n"},
      {"a group without a name", "groups:\n- rules: []\n"},
      {"a group twice", "groups:\n- name: g\n- name: g\n"},
      {"a group that is a text", "groups:\n- g\n"},
      {"rules as a mapping", "groups:\n- name: g\n  rules: {}\n"},
      {"an interval without a unit", "groups:\n- name: g\n  interval: 5\n"},
      {"a limit that is no number", "groups:\n- name: g\n  limit: many\n"},
      {"a limit that is a text", "groups:\n- name: g\n  limit: \"5\"\n"},
      {"a rule that is a text", "groups:\n- name: g\n  rules:\n  - up\n"},
      {"unknown key of a rule", rule("    fro: 5m\n")},
      {"neither alert nor record", "groups:\n- name: g\n  rules:\n  - expr: up\n"},
      {"both alert and record", rule("    record: b\n")},
      {"a name that is empty", "groups:\n- name: g\n  rules:\n  - {alert: '', expr: up}\n"},
      {"no expression", "groups:\n- name: g\n  rules:\n  - alert: A\n"},
      {"a duration in words", rule("    for: 5 minutes\n")},
      {"for in a recording", "groups:\n- name: g\n  rules:\n  - {record: a, expr: up, for: 5m}\n"},
      {"keep_firing_for in a recording",
       "groups:\n- name: g\n  rules:\n  - {record: a, expr: up, keep_firing_for: 5m}\n"},
      {"annotations in a recording", "groups:\n- name: g\n  rules:\n  - {record: a, expr: up, annotations: {b: c}}\n"},
      {"a recorded name that is none", "groups:\n- name: g\n  rules:\n  - {record: a-b, expr: up}\n"},
      {"labels as a list", rule("    labels: [a]\n")},
      {"a label's value as a list", rule("    labels: {a: [b]}\n")},
      {"a label that is none", rule("    labels: {a-b: c}\n")},
      {"a reserved label", rule("    labels: {__name__: c}\n")},
      {"an annotation that is none", rule("    annotations: {a.b: c}\n")},
      {"an open template", rule("    annotations:\n      summary: '{{ $value '\n")},
      {"an end without a beginning", rule("    labels: {a: '{{ $value }}{{ end }}'}\n")},
      {"an unknown template function", rule("    annotations:\n      summary: '{{ humanise $value }}'\n")},
      {"an unknown template variable", rule("    annotations:\n      summary: '{{ $lables.pid }}'\n")},
      {"an expression as a list", expr("[up]")},
      {"an expression that ends early", expr("'up >'")},
      {"an unknown function", expr("rat(up[5m])")},
      {"a range that is missing", expr("rate(up)")},
      {"a range where none may be", expr("up[5m] > 1")},
      {"a bracket that stays open", expr("sum(up")},
      {"a text that stays open", expr("up{comm=\"a}")},
      {"a selector of everything", expr("'{comm=~\".*\"}'")},
      {"a range behind a call", expr("rate(up[5m])[5m]")},
      {"units in a wrong order", expr("rate(up[5s1m])")},
      {"a comparison of two numbers", expr("1 > 2")},
      {"group_left for a set", expr("up and on(a) group_left up")},
      {"a label on both sides of a match", expr("up + on(a) group_left(a) up")},
      {"a number with a unit", expr("up > 80MB")},
      {"a broken regular expression", expr("up{comm=~\"(\"}")},
      {"a wrong number of arguments", expr("clamp(up, 1)")},
      {"a text where a number belongs", expr("up > \"80\"")},
      {"bool where nothing is compared", expr("up + bool 1")},
      {"an error in the second line of a block",
       "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n"
       "      sum by (pid) (up)\n        > > 1\n"},
      {"a metric of pmon's that is none", expr("pmon_process_thread > 5")},
      {"a metric that lacks its prefix", expr("threads > 5")},
  };
}

// As the loader of `pmon watch` and `pmon check` does it.
std::string message_of(const Mistake& mistake) {
  const auto loaded = load(mistake.yaml, "rules.yml");
  if (!loaded) return loaded.error().text();
  const std::vector<std::string> known = {"pmon_process_threads", "pmon_process_cpu_seconds_total"};
  return config::text_of(check_metrics(*loaded, known));
}

TEST(RuleMistakes, EachKindHasItsMessage) {
  std::string all;
  for (const Mistake& mistake : mistakes()) {
    const std::string message = message_of(mistake);
    EXPECT_NE(message, "") << mistake.kind << " is no mistake";
    all += std::string("== ") + mistake.kind + "\n" + message + "\n\n";
  }
  test::expect_golden("rule-mistakes.txt", all);
}

}  // namespace
}  // namespace pmon::rules
