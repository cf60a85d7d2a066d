// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/rules.h"

namespace pmon::rules {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view yaml) {
  const auto loaded = load(yaml, "r.yml");
  return loaded ? "" : loaded.error().message;
}

// A group of one rule with these lines.
std::string one_rule(const std::string& lines) { return "groups:\n- name: g\n  rules:\n" + lines; }

TEST(Load, ReadsEveryKey) {
  const auto groups = load(R"(groups:
  - name: cpu
    interval: 30s
    limit: 5
    rules:
      - record: a:b
        expr: sum(up)
        labels: {x: 1}
      - alert: Busy
        expr: a:b > 1
        for: 1m30s
        keep_firing_for: 5m
        labels:
          severity: warning
        annotations:
          summary: '{{ $value }}'
  - name: empty
)",
                           "r.yml");
  ASSERT_TRUE(groups) << groups.error().message;
  ASSERT_EQ(groups->size(), 2u);
  const Group& group = groups->front();
  EXPECT_EQ(group.name, "cpu");
  EXPECT_EQ(group.interval_ms, 30000);
  EXPECT_EQ(group.limit, 5u);
  ASSERT_EQ(group.rules.size(), 2u);
  EXPECT_EQ(group.rules[0].record, "a:b");
  EXPECT_EQ(group.rules[0].labels[0].text, "1");
  const Rule& alert = group.rules[1];
  EXPECT_EQ(alert.alert, "Busy");
  EXPECT_EQ(alert.expr.text(), "a:b > 1");
  EXPECT_EQ(alert.for_ms, 90000);
  EXPECT_EQ(alert.keep_firing_for_ms, 300000);
  EXPECT_EQ(alert.annotations[0].name, "summary");
  EXPECT_EQ(alert.position.line, 9);
  EXPECT_EQ((*groups)[1].interval_ms, std::nullopt);
}

TEST(Load, TakesAnEmptyFile) {
  for (const char* yaml : {"", "# nothing\n", "groups:\n", "groups: []\n"}) {
    const auto groups = load(yaml, "r.yml");
    ASSERT_TRUE(groups) << yaml;
    EXPECT_TRUE(groups->empty());
  }
}

TEST(Load, ReadsALimitAsPrometheusDoes) {
  const std::pair<const char*, std::size_t> cases[] = {{"-1", 0},  {"3.0", 3},    {"3.9", 3},  {"0x10", 16},
                                                       {"010", 8}, {"1e3", 1000}, {"3_0", 30}, {"", 0},
                                                       {"~", 0},   {"-5.5", 0}};
  for (const auto& [written, limit] : cases) {
    const auto groups = load(std::string("groups:\n- name: a\n  limit: ") + written + "\n", "r.yml");
    ASSERT_TRUE(groups) << groups.error().message;
    EXPECT_EQ(groups->at(0).limit, limit) << written;
  }
}

// `promtool check rules` takes it.
TEST(Load, TakesWhatSaysNothingInARecordingRule) {
  const auto groups =
      load(one_rule(R"(  - {labels: {a: '{{ $nix'}, record: r, expr: up, for: 0s, keep_firing_for: 0s, annotations: {}}
  - {alert: A, expr: up, annotations: {__name__: v}}
)"),
           "r.yml");
  ASSERT_TRUE(groups) << groups.error().message;
  EXPECT_EQ(groups->at(0).rules.at(0).labels.at(0).text, "{{ $nix") << "no template";
  EXPECT_EQ(groups->at(0).rules.at(1).annotations.at(0).name, "__name__");
}

TEST(Load, FillsInMergeKeys) {
  const auto groups = load(one_rule(R"(  - &a {alert: A, expr: up, for: 1m, labels: &l {x: "1", y: "1"}}
  - {<<: *a, alert: B, labels: {<<: *l, x: "2"}}
  - {<<: [{alert: C, for: 2m}, *a]}
)"),
                           "r.yml");
  ASSERT_TRUE(groups) << groups.error().message;
  const std::vector<Rule>& rules = groups->at(0).rules;
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[1].alert, "B");
  EXPECT_EQ(rules[1].for_ms, 60'000);
  ASSERT_EQ(rules[1].labels.size(), 2u);
  EXPECT_EQ(rules[1].labels[0].text, "2");
  EXPECT_EQ(rules[2].alert, "C");
  EXPECT_EQ(rules[2].for_ms, 120'000);
  EXPECT_EQ(rules[2].labels.size(), 2u);
  EXPECT_THAT(error_of(one_rule("  - {<<: text, alert: A, expr: up}\n")), HasSubstr("r.yml:4:6: merge keys ('<<')"));
}

TEST(Load, PlacesAnUnknownKeyAndSuggests) {
  EXPECT_EQ(error_of(one_rule("  - alert: A\n    exp: up\n    expr: up\n")),
            "r.yml:5:5: unknown key 'exp' in a rule (did you mean 'expr'?)\n"
            "      exp: up\n"
            "      ^");
}

TEST(Load, TellsEveryErrorOfAFile) {
  const std::string error = error_of(R"(groups:
- name: g
  intervall: 5s
  rules:
  - alert: A
    expr: up
    for: 5 minutes
  - alert: B
    expr: rate(up)
)");
  EXPECT_THAT(error, HasSubstr("r.yml:3:3: unknown key 'intervall' in a group (did you mean 'interval'?)"));
  EXPECT_THAT(error, HasSubstr("r.yml:7:10: 'for': not a duration: '5 minutes'"));
  EXPECT_THAT(error, HasSubstr("r.yml:9:"));
}

struct BadRule {
  const char* lines;
  const char* message;
};

class BadRules : public ::testing::TestWithParam<BadRule> {};

TEST_P(BadRules, AreRefused) { EXPECT_THAT(error_of(one_rule(GetParam().lines)), HasSubstr(GetParam().message)); }

INSTANTIATE_TEST_SUITE_P(
    Load, BadRules,
    ::testing::Values(
        BadRule{"  - expr: up\n", "r.yml:4:5: one of 'alert' and 'record' must be set"},
        BadRule{"  - {alert: A, record: b, expr: up}\n", "only one of 'alert' and 'record'"},
        BadRule{"  - alert: A\n", "field 'expr' must be set"}, BadRule{"  - {alert: A, expr: ''}\n", "field 'expr'"},
        BadRule{"  - {record: a-b, expr: up}\n", "r.yml:4:14: invalid metric name 'a-b'"},
        BadRule{"  - {record: a, expr: up, for: 5m}\n", "'for' belongs to alerts"},
        BadRule{"  - {record: a, expr: up, keep_firing_for: 5m}\n", "'keep_firing_for' belongs to alerts"},
        BadRule{"  - {record: a, expr: up, annotations: {a: b}}\n", "'annotations' belongs to alerts"},
        BadRule{"  - {alert: A, expr: up, labels: {a: '{{ $nix }}'}}\n", "template of label 'a'"},
        BadRule{"  - {alert: A, expr: up, labels: {a-b: c}}\n", "invalid label name 'a-b'"},
        BadRule{"  - {alert: A, expr: up, labels: {__name__: c}}\n", "invalid label name '__name__'"},
        BadRule{"  - {alert: A, expr: up, annotations: {a.b: c}}\n", "invalid annotation name 'a.b'"},
        BadRule{"  - {alert: A, expr: up, labels: [a]}\n", "'labels' must be a mapping"},
        BadRule{"  - {alert: A, expr: up, expr: up}\n", "key 'expr' is there twice"},
        BadRule{"  - {alert: A, expr: up, annotations: {a: '{{ $labels.x '}}\n",
                "r.yml:4:44: template of annotation 'a': unclosed action"},
        BadRule{"  - {alert: A, expr: up, annotations: {a: 'x {{ humanise $value }}'}}\n",
                "r.yml:4:49: template of annotation 'a': function \"humanise\" not defined (did you mean 'humanize'?)"},
        BadRule{"  - {alert: A, expr: up, labels: {a: '{{ $lables.x }}'}}\n", "undefined variable \"$lables\""},
        BadRule{"  - just text\n", "a rule must be a mapping"}));

TEST(Load, RefusesBadFilesAndGroups) {
  EXPECT_THAT(error_of("- a\n"), HasSubstr("the rule file must be a mapping"));
  EXPECT_THAT(error_of("group: []\n"), HasSubstr("unknown key 'group' in the rule file (did you mean 'groups'?)"));
  EXPECT_THAT(error_of("groups: 5\n"), HasSubstr("'groups' must be a list"));
  EXPECT_THAT(error_of("groups:\n- rules: []\n"), HasSubstr("a group needs a name"));
  EXPECT_THAT(error_of("groups:\n- name: a\n- name: a\n"), HasSubstr("r.yml:3:3: group name 'a' is repeated"));
  for (const char* limit : {"\"3\"", "1e30", ".inf", "99999999999999999999", "many"}) {
    EXPECT_THAT(error_of(std::string("groups:\n- {name: a, limit: ") + limit + "}\n"),
                HasSubstr("'limit': not a whole number: "))
        << limit;
  }
  EXPECT_THAT(error_of("groups:\n- {name: a\n"), HasSubstr("not valid YAML"));
}

// The '+' that lacks its right side, wherever the expression is written.
TEST(Load, PlacesExpressionErrorsInTheFile) {
  EXPECT_THAT(error_of(one_rule("  - alert: A\n    expr: up + on() )\n")), HasSubstr("r.yml:5:21: "));
  EXPECT_THAT(error_of(one_rule("  - alert: A\n    expr: 'up + on() )'\n")), HasSubstr("r.yml:5:22: "));
  EXPECT_THAT(error_of(one_rule("  - alert: A\n    expr: |\n      up\n      + on() )\n")), HasSubstr("r.yml:7:14: "));
  EXPECT_THAT(error_of(one_rule("  - alert: A\n    expr: >-\n      up\n      + on() )\n")), HasSubstr("r.yml:7:14: "));
  EXPECT_THAT(error_of(one_rule("  - alert: A\n    expr: up\n      + on() )\n")), HasSubstr("r.yml:6:14: "));
}

TEST(LoadFile, TellsAPathThatCannotBeRead) {
  const auto missing = load_file("/nowhere/rules.yml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(missing.error().message, HasSubstr("/nowhere/rules.yml"));
  EXPECT_FALSE(load_file("/"));
}

TEST(DefaultRules, Load) {
  const auto groups = load(default_rules_text(), "default.yml");
  ASSERT_TRUE(groups) << groups.error().message;
  std::vector<std::string> alerts;
  for (const Group& group : *groups) {
    for (const Rule& rule : group.rules) {
      if (rule.alert.empty()) continue;
      alerts.push_back(rule.alert);
      const auto has = [](const auto& list, std::string_view name) {
        return std::ranges::find(list, name, &TemplatedLabel::name) != list.end();
      };
      EXPECT_TRUE(has(rule.labels, "severity")) << rule.alert;
      EXPECT_TRUE(has(rule.annotations, "summary")) << rule.alert;
      EXPECT_TRUE(has(rule.annotations, "description")) << rule.alert;
    }
  }
  EXPECT_THAT(alerts, ::testing::UnorderedElementsAre("CpuBurn", "ThreadSurge", "ThreadChurn", "HeapGrowth", "HeapLeak",
                                                      "SharedMemoryLeak", "FaultStorm", "ForkStorm", "OomRisk",
                                                      "OomKilled", "CrashLoop", "TargetDown", "PmonBlind"));
}

TEST(DefaultRules, AreCleanForPrometheus) {
  if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "promtool is not installed";
  EXPECT_EQ(std::system("promtool check rules --lint-fatal " PMON_SOURCE_DIR "/rules/default.yml >/dev/null"), 0);
}

}  // namespace
}  // namespace pmon::rules
