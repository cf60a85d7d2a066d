// SPDX-License-Identifier: Apache-2.0
#include "monitor/alert_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "../../support/temp_folder.h"
#include "recording/checksum.h"

namespace pmon::monitor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Timestamp kNow = 1'700'000'000'000;
constexpr std::uint64_t kSecondNs = 1'000'000'000;

// The clocks so many seconds after kNow, an hour after the boot.
Tick tick_at(double seconds) {
  const auto ms = static_cast<Timestamp>(seconds * 1000);
  return {kNow + ms, 3600 * kSecondNs + static_cast<std::uint64_t>(ms) * 1'000'000, kNow + ms};
}

alerts::RuleMemory rule(const std::string& name, double value) {
  alerts::RuleMemory rule{name, "x > 1", {{"severity", "bad"}}, {{"summary", "at {{ $value }}\n\"\""}}, {}};
  rule.alerts.push_back({alerts::ActiveAlert::State::kFiring,
                         {{"alertname", name}, {"pid", "7"}, {"severity", "bad"}},
                         {{"__name__", "x"}, {"pid", "7"}},
                         value,
                         kNow - 5000,
                         kNow - 1000,
                         101});
  rule.alerts.push_back({alerts::ActiveAlert::State::kPending, {{"alertname", name}}, {}, 0.1, kNow - 2000, {}, 0});
  return rule;
}

SavedAlerts some(double value = 5.25) {
  SavedAlerts saved;
  saved.saved_at = tick_at(0);
  saved.boot_id = "this boot";
  saved.engine = {kNow - 500, {rule("A", value), rule("B", 1e300)}};
  saved.router.groups = {{"{}:{alertname=\"A\"}", kNow + 300'000}};
  saved.router.told = {{"stdout", "{}:{}", {{"alertname", "A"}}, kNow - 4000, {}},
                       {"ops",
                        "{}:{}",
                        {{"alertname", "C"}},
                        kNow - 9000,
                        routing::Resolution{"exited", 3, kNow - 99, {{"summary", "gone"}}}}};
  return saved;
}

std::vector<std::string> codes(const std::vector<Notice>& notices) {
  std::vector<std::string> out;
  for (const Notice& notice : notices) out.push_back(notice.code);
  return out;
}

TEST(SavedAlerts, AreReadBackAsTheyWere) {
  for (const double value : {5.25, 0.1, -0.0, std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), 1.7976931348623157e308}) {
    const SavedAlerts saved = some(value);
    const auto again = parse_saved_alerts(saved_alerts_text(saved));
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(again->engine, saved.engine);
    EXPECT_EQ(again->router.groups, saved.router.groups);
    EXPECT_EQ(saved_alerts_text(*again), saved_alerts_text(saved)) << "the rest of it, too";
  }
  const auto nan = parse_saved_alerts(saved_alerts_text(some(std::nan(""))));
  ASSERT_TRUE(nan) << nan.error().text();
  EXPECT_TRUE(std::isnan(nan->engine.rules.at(0).alerts.at(0).value));
}

TEST(SavedAlerts, NoTruncationIsTakenForTheWhole) {
  const std::string text = saved_alerts_text(some());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(parse_saved_alerts(text.substr(0, length))) << length;
  }
}

TEST(SavedAlerts, NoChangedBitGoesUnseen) {
  const std::string text = saved_alerts_text(some());
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(parse_saved_alerts(changed)) << "bit " << bit;
  }
  EXPECT_FALSE(parse_saved_alerts(text + "x"));
  EXPECT_FALSE(parse_saved_alerts(text + text));
}

TEST(SavedAlerts, AnotherVersionIsToldByBothNumbers) {
  std::string text = saved_alerts_text(some());
  text.replace(text.find(":1,"), 3, ":2,");
  EXPECT_EQ(parse_saved_alerts(text).error().message, "it is of version 2, and this pmon reads version 1");
}

// With a right checksum: as if something else had written the file.
TEST(SavedAlerts, NumbersOfAnotherKindAreDamage) {
  const std::string text = saved_alerts_text(some());
  const std::size_t head = text.find("{\"saved_at\"");
  const std::string payload = text.substr(head, text.size() - head - 2);
  const auto with = [&](const std::string& key, const std::string& number) {
    std::string changed = payload;
    const std::size_t at = changed.find("\"" + key + "\":") + key.size() + 3;
    changed.replace(at, changed.find_first_of(",}", at) - at, number);
    return parse_saved_alerts(
        fmt::format("{{\"version\":1,\"crc32\":\"{:08x}\",\"payload\":{}}}\n", recording::checksum(changed), changed));
  };
  ASSERT_TRUE(with("active_since", "1"));
  for (const char* key : {"now", "boottime_ns", "wall", "time", "active_since", "process", "due", "at"}) {
    for (const char* number : {"1.5", "1.7e+20", "99999999999999999999", "true", "\"1\""}) {
      EXPECT_FALSE(with(key, number)) << key << " " << number;
    }
  }
  EXPECT_FALSE(with("process", "-1"));
  EXPECT_FALSE(with("wall", "9223372036854775807")) << "no time to reckon with";
}

TEST(CarryOver, WithinABootTheTimeSinceBootDecides) {
  SavedAlerts saved = some();
  // Ten seconds passed; somebody set the clock back by an hour, and the new run counts from there.
  Tick now = tick_at(10);
  now.now = now.wall -= 3'600'000;
  carry_over(saved, now, "this boot");
  const alerts::AlertMemory& firing = saved.engine.rules.at(0).alerts.at(0);
  EXPECT_EQ(now.now - saved.engine.time, 10'500);
  EXPECT_EQ(now.now - firing.active_since, 15'000);
  EXPECT_EQ(now.now - *firing.keep_firing_since, 11'000);
  EXPECT_EQ(saved.router.groups.at(0).due - now.now, 290'000);
  EXPECT_EQ(now.now - saved.router.told.at(0).at, 14'000);
  EXPECT_EQ(now.now - saved.router.told.at(1).ended->active_since, 10'099);
  EXPECT_EQ(firing.process, 101U);
}

TEST(CarryOver, AfterABootTheWallClockDecidesAndProcessesHaveEnded) {
  SavedAlerts saved = some();
  Tick now = tick_at(60);
  now.boottime_ns = 5 * kSecondNs;
  carry_over(saved, now, "next boot");
  EXPECT_EQ(now.now - saved.engine.time, 60'500);
  EXPECT_EQ(saved.engine.rules.at(0).alerts.at(0).process, alerts::kEndedProcess);
  EXPECT_EQ(saved.engine.rules.at(0).alerts.at(1).process, 0U) << "it is about no process";
}

TEST(CarryOver, AWallClockThatWentBackIsNoTime) {
  SavedAlerts saved = some();
  Tick now = tick_at(-500);
  carry_over(saved, now, "next boot");
  EXPECT_EQ(now.now - saved.engine.time, 500);
}

// A memory in a folder of its own, and how often it was written.
class AlertMemoryTest : public testing::Test {
 protected:
  AlertMemory open() {
    auto memory = AlertMemory::open(folder_.file("state"));
    EXPECT_TRUE(memory) << memory.error().text();
    return std::move(*memory);
  }
  std::function<SavedAlerts()> take() {
    return [this] {
      ++written_;
      return some();
    };
  }
  std::vector<Notice> tick(AlertMemory& memory, double seconds, AlertMemory::Progress progress = {}) {
    return memory.after_tick(tick_at(seconds), progress, take());
  }
  std::string file() const { return folder_.file("state/alerts.json"); }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.file("state"))) {
      names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
  }

  const test::TempFolder folder_;
  int written_ = 0;
};

TEST_F(AlertMemoryTest, StartsWithNothingAndGoesOnWithWhatWasLeft) {
  std::vector<Notice> notices;
  {
    AlertMemory memory = open();
    EXPECT_FALSE(memory.load(tick_at(0), notices));
    EXPECT_THAT(memory.finish(tick_at(1), take()), IsEmpty());
  }
  AlertMemory memory = open();
  const auto saved = memory.load(tick_at(4), notices);
  ASSERT_TRUE(saved);
  EXPECT_THAT(notices, IsEmpty());
  EXPECT_EQ(tick_at(4).now - saved->engine.time, 4500) << "saved at 1 with a time of -0.5, read at 4";
  struct stat info {};
  ASSERT_EQ(stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
  ASSERT_EQ(stat(folder_.file("state").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0750U);
}

TEST_F(AlertMemoryTest, IsWrittenAtOnceWhenSomebodyWasToldAndElseNotTooOften) {
  AlertMemory memory = open();
  (void)tick(memory, 0);
  EXPECT_EQ(written_, 0) << "nothing happened";
  (void)tick(memory, 0.1, {.told = true, .changes = 1});
  EXPECT_EQ(written_, 1);
  (void)tick(memory, 0.2, {.told = true, .changes = 2});
  EXPECT_EQ(written_, 2) << "told again";
  (void)tick(memory, 0.3, {.changes = 3});
  (void)tick(memory, 1.1, {.changes = 3});
  EXPECT_EQ(written_, 2) << "a second has not passed";
  (void)tick(memory, 1.2, {.changes = 3});
  EXPECT_EQ(written_, 3) << "and is not forgotten";
  (void)tick(memory, 60, {.changes = 3});
  EXPECT_EQ(written_, 3) << "nothing new";
}

TEST_F(AlertMemoryTest, ATimeThatRunsIsWrittenEachTenSeconds) {
  AlertMemory memory = open();
  for (int i = 0; i < 100; ++i) (void)tick(memory, i, {.changes = 1, .counting = true});
  EXPECT_EQ(written_, 10);
}

TEST_F(AlertMemoryTest, ADamagedFileIsSetAsideWithANotice) {
  (void)open().finish(tick_at(0), take());
  folder_.write("state/alerts.json", "{\"version\":1,\"crc32\":\"00000000\",\"payload\":{}}\n");
  AlertMemory memory = open();
  std::vector<Notice> notices;
  EXPECT_FALSE(memory.load(tick_at(0), notices));
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].code, "alert_memory_damaged");
  EXPECT_THAT(notices[0].text, HasSubstr("its checksum is wrong; it is now '"));
  EXPECT_THAT(files(), ElementsAre("alerts.json.damaged-20231114T221320Z", "alerts.lock"));
  EXPECT_THAT(memory.finish(tick_at(1), take()), IsEmpty());
  EXPECT_TRUE(memory.load(tick_at(1), notices)) << "and a good one is written";
}

TEST_F(AlertMemoryTest, NothingButTheFileAndItsLockIsLeft) {
  (void)open().finish(tick_at(0), take());
  EXPECT_THAT(open().finish(tick_at(1), take()), IsEmpty());
  EXPECT_THAT(files(), ElementsAre("alerts.json", "alerts.lock"));
}

TEST_F(AlertMemoryTest, WhatCannotBeWrittenIsToldOnceAndHeals) {
  AlertMemory memory = open();
  EXPECT_THAT(tick(memory, 0, {.told = true, .changes = 1}), IsEmpty());
  std::filesystem::rename(folder_.file("state"), folder_.file("away"));
  EXPECT_THAT(codes(tick(memory, 1, {.told = true, .changes = 2})), ElementsAre("alert_memory_failed"));
  EXPECT_THAT(tick(memory, 2, {.told = true, .changes = 3}), IsEmpty());
  EXPECT_THAT(tick(memory, 12, {.changes = 3}), IsEmpty()) << "told once";
  EXPECT_EQ(written_, 3) << "and not tried at each tick";
  std::filesystem::rename(folder_.file("away"), folder_.file("state"));
  EXPECT_THAT(codes(tick(memory, 22, {.changes = 3})), ElementsAre("alert_memory_works"));
  EXPECT_THAT(tick(memory, 60, {.changes = 3}), IsEmpty());
  EXPECT_EQ(written_, 4);
}

TEST_F(AlertMemoryTest, IsOnePmonsAlone) {
  AlertMemory mine = open();
  EXPECT_FALSE(AlertMemory::open(folder_.file("state"))) << "from the first moment on";
  (void)tick(mine, 0);
  const auto other = AlertMemory::open(folder_.file("state"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(other.error().text(), HasSubstr("another pmon (pid " + std::to_string(getpid()) + ")"));
}

// As after kill -9: what was written is some seconds old, and the lock's note is not.
TEST_F(AlertMemoryTest, TheTimeBetweenTheLastWriteAndAKillCounts) {
  {
    AlertMemory memory = open();
    (void)tick(memory, 0, {.told = true, .changes = 1, .counting = true});
    for (int i = 1; i < 8; ++i) (void)tick(memory, i, {.changes = 1, .counting = true});
    ASSERT_EQ(written_, 1);
  }
  std::vector<Notice> notices;
  AlertMemory memory = open();
  const auto saved = memory.load(tick_at(60), notices);
  ASSERT_TRUE(saved);
  EXPECT_EQ(tick_at(60).now - saved->engine.time, 53'000 + 500) << "it lived until 7";
  (void)tick(memory, 60);
  EXPECT_EQ(written_, 2) << "by the new run's clocks at once";
}

}  // namespace
}  // namespace pmon::monitor
