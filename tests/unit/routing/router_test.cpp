// SPDX-License-Identifier: Apache-2.0
#include "routing/router.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::routing {
namespace {

using testing::alert;
using testing::Desk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A team whose root route has these keys, and its receivers.
std::string team(const std::string& root, const std::string& rest = "") {
  return "route: {receiver: team, " + root + "}\nreceivers: [{name: team}, {name: pager}, {name: log}]\n" + rest;
}
const std::string kGrouped = "group_by: [alertname], group_wait: 10s, group_interval: 60s, repeat_interval: 10m";

// The desk's clock starts at 22:13:20.
const std::string kNights =
    "time_intervals: [{name: nights, time_intervals: [{times: [{start_time: '22:14', end_time: '22:15'}]}]}]\n";

TEST(Router, AGroupWaitsForWhatComesWithItsFirstAlert) {
  Desk desk(team(kGrouped));
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(), IsEmpty());
  desk.fire(alert("A", 2));
  desk.fire(alert("B", 3));
  EXPECT_THAT(desk.look(9), IsEmpty());
  EXPECT_THAT(desk.look(1), ElementsAre(R"(team{alertname="A"}: A1 fired A2 fired)"));
  EXPECT_THAT(desk.look(9), ElementsAre(R"(team{alertname="B"}: B3 fired)"));
}

TEST(Router, ChangesOfAGroupAreToldEachGroupInterval) {
  Desk desk(team(kGrouped));
  desk.fire(alert("A", 1));
  desk.look();
  EXPECT_THAT(desk.look(10), ElementsAre(R"(team{alertname="A"}: A1 fired)"));
  desk.fire(alert("A", 2));
  EXPECT_THAT(desk.look(59), IsEmpty());
  EXPECT_THAT(desk.look(1), ElementsAre(R"(team{alertname="A"}: A1 repeat A2 fired)")) << "the group as a whole";
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(59), IsEmpty());
  EXPECT_THAT(desk.look(1), ElementsAre(R"(team{alertname="A"}: A1 condition_ended A2 repeat)"));
  desk.end(alert("A", 2), alerts::kExited);
  EXPECT_THAT(desk.look(60), ElementsAre(R"(team{alertname="A"}: A2 exited)"));
  EXPECT_THAT(desk.look(600), IsEmpty());
  EXPECT_EQ(desk.router.told_count(), 0u);
}

TEST(Router, AnUnchangedGroupIsToldAgainAfterTheRepeatInterval) {
  Desk desk(team(kGrouped));
  desk.fire(alert("A", 1));
  desk.look();
  desk.look(10);
  for (int i = 1; i < 10; ++i) EXPECT_THAT(desk.look(60), IsEmpty()) << i;
  EXPECT_THAT(desk.look(60), ElementsAre(R"(team{alertname="A"}: A1 repeat)"));
}

TEST(Router, AnAlertThatEndsBeforeItWasToldIsNeverTold) {
  Desk desk(team(kGrouped));
  desk.fire(alert("A", 1));
  desk.look();
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(), IsEmpty());
  EXPECT_THAT(desk.look(9), IsEmpty());
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(5), IsEmpty()) << "a new group, which waits anew";
  EXPECT_THAT(desk.look(10), ElementsAre(R"(team{alertname="A"}: A1 fired)"));
}

TEST(Router, AnAlertThatFiresAgainBeforeItsEndWasToldGoesOn) {
  Desk desk(team(kGrouped));
  desk.fire(alert("A", 1));
  desk.look();
  desk.look(10);
  desk.end(alert("A", 1));
  desk.look(20);
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(20), IsEmpty());
  EXPECT_THAT(desk.look(20), IsEmpty());
}

TEST(Router, AnotherProcessOfTheSamePidIsAnotherAlert) {
  Desk desk(team(kGrouped));
  desk.fire(alert("A", 1));
  desk.look();
  desk.look(10);
  desk.end(alert("A", 1), alerts::kExited);
  desk.look(20);
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(40), ElementsAre(R"(team{alertname="A"}: A1 exited A1 fired)"));
}

TEST(Router, EachReceiverIsToldAtItsOwnPace) {
  Desk desk(
      team("group_wait: 5s, routes: [{matchers: [severity=page], receiver: pager, group_wait: 0s, continue: true}, "
           "{matchers: [alertname=A], receiver: log, group_by: ['...']}]"));
  Labels paging = alert("A", 1);
  paging.set("severity", "page");
  desk.fire(paging);
  desk.fire(alert("B", 2));
  EXPECT_THAT(desk.look(), ElementsAre("pager{}: A1 fired"));
  EXPECT_THAT(desk.look(5),
              ElementsAre(R"(log{alertname="A", pid="1", severity="page"}: A1 fired)", "team{}: B2 fired"));
}

TEST(Router, OneReceiverIsToldByOneOfTwoRoutes) {
  Desk desk(
      team("group_wait: 0s, group_interval: 1s, repeat_interval: 100s, routes: [{group_by: [pid], continue: true}, "
           "{group_by: [alertname], repeat_interval: 50s}]"));
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{pid="1"}: A1 fired)"));
  EXPECT_THAT(desk.look(49), IsEmpty());
  EXPECT_THAT(desk.look(1), ElementsAre(R"(team{alertname="A"}: A1 repeat)")) << "it is the more eager one";
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{alertname="A"}: A1 condition_ended)"));
}

TEST(Router, AnAlertThatComesBackIsToldByEachOfItsRoutes) {
  Desk desk(
      team("group_wait: 100s, routes: [{receiver: pager, group_wait: 0s, group_interval: 1s, continue: true}, {}]"));
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre("pager{}: A1 fired"));
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre("pager{}: A1 condition_ended"));
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre("pager{}: A1 fired")) << "the other group still waits with it";
  EXPECT_THAT(desk.look(97), IsEmpty());
  EXPECT_THAT(desk.look(), ElementsAre("team{}: A1 fired"));
}

TEST(Router, AnotherRouteDoesNotGoOnWithAnAlertThatExited) {
  Desk desk(
      team("group_wait: 0s, group_interval: 1s, repeat_interval: 5s, routes: [{mute_time_intervals: [nights], "
           "group_by: [pid], continue: true}, {group_by: [alertname], repeat_interval: 45s}]",
           kNights));
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{pid="1"}: A1 fired)"));
  desk.look(39);
  desk.end(alert("A", 1), alerts::kExited);
  desk.look();
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(30), IsEmpty()) << "22:14: the end is to be told first";
  EXPECT_THAT(desk.look(30), ElementsAre(R"(team{pid="1"}: A1 exited A1 fired)"));
}

TEST(Router, InhibitionHoldsBackAndLetsGo) {
  Desk desk(team("group_wait: 0s, group_interval: 1s, repeat_interval: 5s, group_by: ['...']",
                 "inhibit_rules: [{source_matchers: [alertname=A], target_matchers: [alertname=B], equal: [pid]}]"));
  desk.fire(alert("A", 1));
  desk.fire(alert("B", 1));
  desk.fire(alert("B", 2));
  EXPECT_THAT(desk.look(),
              ElementsAre(R"(team{alertname="A", pid="1"}: A1 fired)", R"(team{alertname="B", pid="2"}: B2 fired)"));
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{alertname="A", pid="1"}: A1 condition_ended)",
                                       R"(team{alertname="B", pid="1"}: B1 fired)"));
}

TEST(Router, ASilencedAlertIsNotToldButItsEndIs) {
  Desk desk(team("group_wait: 0s, group_interval: 1s, repeat_interval: 5s, group_by: ['...']"));
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{alertname="A", pid="1"}: A1 fired)"));
  desk.silenced = [](const Labels& labels) { return labels.get("alertname") != "C"; };
  desk.fire(alert("B", 1));
  desk.fire(alert("C", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{alertname="C", pid="1"}: C1 fired)"));
  EXPECT_THAT(desk.look(4.5), IsEmpty()) << "A is not repeated";
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{alertname="A", pid="1"}: A1 condition_ended)",
                                       R"(team{alertname="C", pid="1"}: C1 repeat)"));
  desk.silenced = nullptr;
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{alertname="B", pid="1"}: B1 fired)"));
}

TEST(Router, AMuteTimeHoldsBackFiringsAndEnds) {
  Desk desk(
      team("group_wait: 0s, group_interval: 1s, repeat_interval: 20s, group_by: ['...'], routes: "
           "[{mute_time_intervals: [nights]}]",
           kNights));
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{alertname="A", pid="1"}: A1 fired)"));
  EXPECT_THAT(desk.look(39), IsEmpty()) << "22:14";
  desk.fire(alert("B", 1));
  desk.fire(alert("C", 1));
  EXPECT_THAT(desk.look(), IsEmpty());
  desk.end(alert("A", 1));
  desk.end(alert("B", 1));
  EXPECT_THAT(desk.look(58), IsEmpty());
  EXPECT_THAT(desk.look(1), ElementsAre(R"(team{alertname="A", pid="1"}: A1 condition_ended)",
                                        R"(team{alertname="C", pid="1"}: C1 fired)"))
      << "22:15, and B came and went unheard";
}

TEST(Router, ActiveTimesMuteTheRest) {
  Desk desk(team("routes: [{group_wait: 0s, active_time_intervals: [nights]}]", kNights));
  desk.fire(alert("A", 1));
  EXPECT_THAT(desk.look(), IsEmpty());
  EXPECT_THAT(desk.look(300), IsEmpty()) << "22:18, as long as the group interval";
  desk.wall_ahead = -240'000;
  EXPECT_THAT(desk.look(300), IsEmpty()) << "it is 22:23 less 4 minutes";
  desk.wall_ahead = -840'000;
  EXPECT_THAT(desk.look(300), ElementsAre("team{}: A1 fired")) << "22:28 less 14 minutes: the clock on the wall counts";
}

TEST(Router, ANotificationTellsWhatItsAlertsShare) {
  Desk desk(team("group_wait: 0s, group_by: [comm, env]"));
  desk.fire({{"alertname", "A"}, {"comm", "x"}, {"pid", "1"}});
  desk.fire({{"alertname", "B"}, {"comm", "x"}, {"pid", "1"}, {"host", "h"}});
  const auto told = desk.update();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].receiver, "team");
  EXPECT_EQ(told[0].group_key, R"({}:{comm="x"})");
  EXPECT_EQ(told[0].group_labels, (Labels{{"comm", "x"}}));
  EXPECT_EQ(told[0].common_labels, (Labels{{"comm", "x"}, {"pid", "1"}}));
  EXPECT_EQ(told[0].alerts.size(), 2u);
}

TEST(Router, TellsWhenItHasSomethingToSayNext) {
  Desk desk(team(kGrouped));
  EXPECT_EQ(desk.router.next_due(), std::nullopt);
  desk.fire(alert("A", 1));
  desk.look();
  EXPECT_EQ(desk.router.next_due(), desk.now + 10'000) << "the group wait";
  desk.look(10);
  EXPECT_EQ(desk.router.next_due(), desk.now + 600'000) << "the repeat interval";
  desk.fire(alert("A", 2));
  desk.look();
  EXPECT_EQ(desk.router.next_due(), desk.now + 59'000) << "the group interval";
}

TEST(Router, TellsWhetherItIsWorthSaving) {
  Desk desk(team(kGrouped));
  desk.look();
  EXPECT_EQ(desk.router.changes(), 0u);
  desk.fire(alert("A", 1));
  std::uint64_t last = 0;
  const auto changed = [&] { return std::exchange(last, desk.router.changes()) != desk.router.changes(); };
  desk.look();
  EXPECT_TRUE(changed()) << "a group";
  desk.look();
  EXPECT_FALSE(changed());
  desk.look(10);
  EXPECT_TRUE(changed()) << "fired";
  desk.look(60);
  EXPECT_FALSE(changed());
  desk.look(600);
  EXPECT_TRUE(changed()) << "repeated";
  desk.router.replace_config(testing::config_of(team(kGrouped)));
  EXPECT_TRUE(changed());
}

TEST(Router, ByDefaultOnlyRepeatsComeOfThemselves) {
  Desk desk(default_config());
  desk.fire(alert("OomRisk", 1));
  desk.fire(alert("HeapLeak", 1));
  EXPECT_EQ(desk.look().size(), 1u);
  EXPECT_EQ(desk.router.next_due(), desk.now + 300'000);
}

}  // namespace
}  // namespace pmon::routing
