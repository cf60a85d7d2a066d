// SPDX-License-Identifier: Apache-2.0
#include "routing/config.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "support.h"

namespace pmon::routing {
namespace {

using testing::config_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kTwoReceivers = "receivers: [{name: team}, {name: other}]\n";

TEST(Config, DefaultsAreThoseOfAlertmanager) {
  const Config config = config_of("route: {receiver: team}\n" + kTwoReceivers);
  EXPECT_EQ(config.route.receiver, "team");
  EXPECT_EQ(config.route.group_wait_ms, 30'000);
  EXPECT_EQ(config.route.group_interval_ms, 300'000);
  EXPECT_EQ(config.route.repeat_interval_ms, 4 * 3'600'000);
  EXPECT_FALSE(config.route.group_by_all);
  EXPECT_THAT(config.route.group_by, IsEmpty());
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(Config, WithoutAFileEverythingIsToldAtOnce) {
  const Config config = default_config();
  EXPECT_EQ(config.route.receiver, "stdout");
  EXPECT_TRUE(config.route.group_by_all);
  EXPECT_EQ(config.route.group_wait_ms, 0);
  EXPECT_EQ(config.route.group_interval_ms, 0);
  EXPECT_EQ(config.route.repeat_interval_ms, 300'000);
  EXPECT_THAT(config.inhibit_rules, SizeIs(3));
  EXPECT_THAT(config.receivers, SizeIs(1));
}

TEST(Config, RoutesTakeOverWhatTheirParentSays) {
  const Config config = config_of(
      "route:\n  receiver: team\n  group_by: [b, a]\n  group_wait: 1s\n  group_interval: 2s\n"
      "  routes:\n  - matchers: [x=y]\n    continue: true\n    mute_time_intervals: [n]\n    routes:\n"
      "    - {receiver: other, group_by: ['...'], repeat_interval: 1h}\n    - {group_by: []}\n"
      "  repeat_interval: 3s\n" +
      kTwoReceivers + "time_intervals: [{name: m}, {name: n}]\n");
  const Route& child = config.route.routes.at(0);
  EXPECT_EQ(child.receiver, "team");
  EXPECT_THAT(child.group_by, ElementsAre("a", "b"));
  EXPECT_EQ(child.group_wait_ms, 1000);
  EXPECT_EQ(child.group_interval_ms, 2000);
  EXPECT_EQ(child.repeat_interval_ms, 3000) << "it stands below the routes, and counts for them nevertheless";
  EXPECT_TRUE(child.go_on);
  EXPECT_THAT(child.mute_times, ElementsAre(1));
  const Route& own = child.routes.at(0);
  EXPECT_EQ(own.receiver, "other");
  EXPECT_TRUE(own.group_by_all);
  EXPECT_EQ(own.repeat_interval_ms, 3'600'000);
  EXPECT_FALSE(own.go_on);
  EXPECT_THAT(own.mute_times, IsEmpty());
  EXPECT_THAT(child.routes.at(1).group_by, ElementsAre("a", "b"));
}

TEST(Config, RoutesHaveKeysOfTheirOwn) {
  const Config config = config_of(
      "route: {receiver: team, routes: [{matchers: [b=1, a=2]}, {matchers: ['a=2,b=1']}, {routes: [{match: {c: "
      "d}}]}]}\n" +
      kTwoReceivers);
  EXPECT_EQ(config.route.key, "{}");
  EXPECT_EQ(config.route.routes[0].key, "{}/{a=\"2\",b=\"1\"}");
  EXPECT_EQ(config.route.routes[1].key, "{}/{a=\"2\",b=\"1\"}#2");
  EXPECT_EQ(config.route.routes[2].routes[0].key, "{}/{}/{c=\"d\"}");
}

TEST(Config, InhibitRulesOfAFileStandInPlaceOfTheDefaultOnes) {
  EXPECT_THAT(config_of("route: {receiver: team}\n" + kTwoReceivers).inhibit_rules, SizeIs(3));
  EXPECT_THAT(config_of("route: {receiver: team}\ninhibit_rules: []\n" + kTwoReceivers).inhibit_rules, IsEmpty());
  const Config config =
      config_of("route: {receiver: team}\n" + kTwoReceivers +
                "inhibit_rules: [{source_match: {a: b}, source_match_re: {c: d.*}, source_matchers: ['e!=f'], "
                "target_matchers: [g=h], equal: [pid]}]\n");
  ASSERT_THAT(config.inhibit_rules, SizeIs(1));
  EXPECT_EQ(alerts::text_of(config.inhibit_rules[0].source), R"({a="b",c=~"d.*",e!="f"})");
  EXPECT_EQ(alerts::text_of(config.inhibit_rules[0].target), R"({g="h"})");
  EXPECT_THAT(config.inhibit_rules[0].equal, ElementsAre("pid"));
}

TEST(Config, WhatIsForOthersToReadIsKeptWithItsPlace) {
  const Config config = config_of(
      "global:\n  smtp_from: a@b\nroute: {receiver: team}\nreceivers:\n- name: team\n  webhook_configs:\n"
      "  - url: http://x/\n");
  ASSERT_THAT(config.receivers, SizeIs(1));
  ASSERT_THAT(config.receivers[0].sections, SizeIs(1));
  const Section& section = config.receivers[0].sections[0];
  EXPECT_EQ(section.name, "webhook_configs");
  EXPECT_EQ(section.position.line, 7);
  EXPECT_EQ((*section.node)[0]["url"].Scalar(), "http://x/");
  ASSERT_THAT(config.global, SizeIs(1));
  EXPECT_EQ(config.global[0].name, "smtp_from");
  EXPECT_EQ(config.global[0].node->Scalar(), "a@b");
  EXPECT_EQ(config.source->error(0, "x").source_line, "global:");
}

TEST(Config, KindsOfReceiversAreThoseGiven) {
  const std::string yaml = "route: {receiver: team}\nreceivers: [{name: team, kafka_configs: [{}]}]\n";
  const std::vector<std::string_view> kinds = {"kafka_configs"};
  EXPECT_TRUE(load(yaml, "am.yml", kinds));
  const auto upstream = load(yaml, "am.yml");
  ASSERT_FALSE(upstream);
  EXPECT_THAT(upstream.error().message,
              HasSubstr("unknown kind of receiver 'kafka_configs'; known: discord_configs, "));
}

TEST(Config, ResolveTimeoutIsToldToHaveNoEffect) {
  const Config config = config_of("global: {resolve_timeout: 5m}\nroute: {receiver: team}\n" + kTwoReceivers);
  ASSERT_THAT(config.warnings, SizeIs(1));
  EXPECT_THAT(config.warnings[0].text(), HasSubstr("am.yml:1:27: warning: 'resolve_timeout' has no effect"));
}

TEST(Config, ATeamsFileLoads) {
  const auto config = load_file(PMON_SOURCE_DIR "/tests/routing/team.yml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->route.routes, SizeIs(5));
  EXPECT_EQ(count_routes(config->route), 7u);
  EXPECT_THAT(config->receivers, SizeIs(5));
  EXPECT_THAT(config->times, SizeIs(3));
}

TEST(Config, IsToldFromRules) {
  EXPECT_TRUE(is_config("global:\nroute:\n"));
  EXPECT_TRUE(is_config("receivers: []"));
  EXPECT_FALSE(is_config("groups:\n- name: route:\n  receivers: x\n"));
  EXPECT_FALSE(is_config(""));
}

TEST(Config, TheDocumentedExampleLoads) {
  std::ifstream file(PMON_SOURCE_DIR "/docs/alerting.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const std::size_t begin = page.find("```yaml\n");
  ASSERT_NE(begin, std::string::npos);
  const std::size_t start = begin + std::string_view("```yaml\n").size();
  const Config config = config_of(page.substr(start, page.find("```", start) - start));
  std::string receivers;
  for (const Route* route : routes_of(config.route, {{"severity", "critical"}, {"comm", "redis-server"}})) {
    receivers += route->receiver + " ";
  }
  EXPECT_EQ(receivers, "pager databases ");
}

TEST(Routes, GroupLabelsAreThoseThatTheAlertHas) {
  Route route;
  route.group_by = {"comm", "env"};
  EXPECT_EQ(group_labels(route, {{"comm", "x"}, {"pid", "1"}}), (Labels{{"comm", "x"}}));
  route.group_by_all = true;
  EXPECT_EQ(group_labels(route, {{"comm", "x"}, {"pid", "1"}}), (Labels{{"comm", "x"}, {"pid", "1"}}));
}

}  // namespace
}  // namespace pmon::routing
