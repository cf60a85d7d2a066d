// SPDX-License-Identifier: Apache-2.0
// A router that goes on where another one stopped.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::routing {
namespace {

using testing::alert;
using testing::config_of;
using testing::Desk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kTeam =
    "route: {receiver: team, group_by: [alertname], group_wait: 10s, group_interval: 60s, repeat_interval: 10m}\n"
    "receivers: [{name: team}, {name: other}]\n";

void restart(Desk& desk, Config config) {
  const RouterMemory memory = desk.router.save();
  desk.router = Router(std::move(config));
  desk.router.restore(memory);
}

TEST(RouterMemory, WhatWasToldIsNotToldAgain) {
  Desk desk(kTeam);
  desk.fire(alert("A", 1));
  desk.look();
  EXPECT_THAT(desk.look(10), ElementsAre(R"(team{alertname="A"}: A1 fired)"));
  restart(desk, config_of(kTeam));
  EXPECT_THAT(desk.look(60), IsEmpty());
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(60), ElementsAre(R"(team{alertname="A"}: A1 condition_ended)"));
}

TEST(RouterMemory, AGroupThatWaitsGoesOnWaiting) {
  Desk desk(kTeam);
  desk.fire(alert("A", 1));
  desk.look();
  restart(desk, config_of(kTeam));
  EXPECT_THAT(desk.look(9), IsEmpty());
  EXPECT_THAT(desk.look(1), ElementsAre(R"(team{alertname="A"}: A1 fired)"));
}

TEST(RouterMemory, AnEndThatWasNotToldYetIsKept) {
  Desk desk(kTeam);
  desk.fire(alert("A", 1));
  desk.look();
  desk.look(10);
  desk.end(alert("A", 1), alerts::kExited);
  desk.look(10);
  restart(desk, config_of(kTeam));
  EXPECT_THAT(desk.look(49), IsEmpty());
  EXPECT_THAT(desk.look(1), ElementsAre(R"(team{alertname="A"}: A1 exited)"));
}

TEST(RouterMemory, AnEndThatNobodySawIsToldWithoutAValue) {
  Desk desk(kTeam);
  desk.fire(alert("A", 1));
  desk.look();
  desk.look(10);
  const Timestamp told = desk.now;
  const RouterMemory memory = desk.router.save();
  Desk next(kTeam);
  next.now = desk.now;
  next.router.restore(memory);
  const auto notifications = next.update(60);
  ASSERT_EQ(notifications.size(), 1u);
  const AlertNotice& notice = notifications[0].alerts.at(0);
  EXPECT_EQ(notice.state, AlertNotice::State::kResolved);
  EXPECT_EQ(notice.reason, "condition_ended");
  EXPECT_EQ(notice.active_since, told);
  EXPECT_TRUE(std::isnan(notice.value));
}

TEST(RouterMemory, SavedAndRestoredItIsTheSame) {
  Desk desk(kTeam);
  for (int pid = 1; pid < 5; ++pid) desk.fire(alert(pid % 2 == 0 ? "A" : "B", pid));
  desk.look();
  desk.look(10);
  desk.end(alert("A", 2), alerts::kExited);
  desk.look();
  const RouterMemory before = desk.router.save();
  restart(desk, config_of(kTeam));
  desk.look(0);
  const RouterMemory after = desk.router.save();
  EXPECT_EQ(before.groups, after.groups);
  ASSERT_EQ(before.told.size(), 4u);
  ASSERT_EQ(after.told.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(before.told[i].labels, after.told[i].labels);
    EXPECT_EQ(before.told[i].group_key, after.told[i].group_key);
    EXPECT_EQ(before.told[i].receiver, "team");
    EXPECT_EQ(before.told[i].at, after.told[i].at);
    EXPECT_EQ(before.told[i].ended.has_value(), before.told[i].labels.get("pid") == "2");
    EXPECT_EQ(before.told[i].ended.has_value(), after.told[i].ended.has_value());
  }
}

TEST(RouterMemory, AnotherConfigurationGoesOnWithTheReceiverNotTheGroup) {
  Desk desk(kTeam);
  desk.fire(alert("A", 1));
  desk.look();
  desk.look(10);
  desk.router.replace_config(
      config_of("route: {receiver: team, group_by: [pid], group_wait: 0s, group_interval: 1s}\n"
                "receivers: [{name: team}]\n"));
  EXPECT_THAT(desk.look(), IsEmpty());
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre(R"(team{pid="1"}: A1 condition_ended)"));
}

TEST(RouterMemory, OneReceiverIsNotToldByTwoGroups) {
  const std::string yaml =
      "route: {receiver: team, group_interval: 1s, routes: [{group_by: [pid], continue: true}, {group_by: "
      "[alertname]}]}\n"
      "receivers: [{name: team}]\n";
  Desk desk(yaml);
  RouterMemory memory;
  memory.told.push_back({"team", R"({}/{}:{pid="1"})", alert("A", 1), desk.now, {}});
  memory.told.push_back({"team", R"({}/{}#2:{alertname="A"})", alert("A", 1), desk.now, {}});
  desk.router.restore(memory);
  EXPECT_EQ(desk.router.told_count(), 1u);
}

TEST(RouterMemory, AReceiverThatIsNotLedToAnyMoreIsForgotten) {
  Desk desk(kTeam);
  desk.fire(alert("A", 1));
  desk.look();
  desk.look(10);
  desk.router.replace_config(
      config_of("route: {receiver: other, group_wait: 0s, group_interval: 1s}\n"
                "receivers: [{name: other}]\n"));
  EXPECT_THAT(desk.look(), ElementsAre("other{}: A1 fired"));
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(), ElementsAre("other{}: A1 condition_ended"));
}

TEST(RouterMemory, TimesOfAClockThatWasAheadDoNotDelay) {
  Desk desk(kTeam);
  desk.fire(alert("A", 1));
  desk.look();
  desk.look(10);
  desk.now -= 24 * 3'600'000;
  EXPECT_THAT(desk.look(), IsEmpty());
  EXPECT_THAT(desk.look(60), IsEmpty());
  EXPECT_THAT(desk.look(600), ElementsAre(R"(team{alertname="A"}: A1 repeat)"));
  desk.end(alert("A", 1));
  EXPECT_THAT(desk.look(60), ElementsAre(R"(team{alertname="A"}: A1 condition_ended)"));
}

}  // namespace
}  // namespace pmon::routing
