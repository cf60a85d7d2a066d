// SPDX-License-Identifier: Apache-2.0
// What a watch makes of clocks that are set, hosts that sleep, rules that change while alerts are under way, and of
// its own end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "../../support/temp_folder.h"
#include "fake_host.h"
#include "monitor/rule_files.h"
#include "monitor/watch_session.h"

namespace pmon::monitor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp kHour = 3'600'000;
constexpr const char* kBusyRules = R"(
  - {alert: Many, expr: pmon_process_threads > 100, for: 3s}
  - {alert: Busy, expr: 'rate(pmon_process_cpu_seconds_total[10s]) > 0.5'}
)";

// A session over a very busy process with many threads, a tick a second, by rules in a file.
class BadTimes : public testing::Test {
 protected:
  void SetUp() override {
    host_.process(10, "web").metrics.set(Metric::kTHREADS, 500);
    write_rules(kBusyRules);
  }
  void write_rules(const std::string& rules) {
    options_.rule_files = {folder_.write("rules.yml", "groups:\n- name: g\n  rules:" + rules)};
  }
  void start(const std::optional<std::string>& state = {}) {
    session_.reset();
    options_.names = {"web"};
    options_.default_rules = false;
    TargetSpec spec;
    spec.names = options_.names;
    spec.wait = true;
    WatchParts parts;
    parts.rules = *load_rules(false, options_.rule_files);
    if (state) {
      auto opened = WatchState::open(*state);
      ASSERT_TRUE(opened) << opened.error().text();
      parts.state = std::move(*opened);
    }
    session_ = std::make_unique<WatchSession>(
        options_,
        WatchSession::Parts{std::make_unique<FakeCollector>(host_), *Targets::make(spec), std::move(parts), {}}, host_,
        output_);
  }
  void tick(Timestamp after_ms = 1000) {
    host_.advance(after_ms);
    ProcessSample& web = host_.process(10, "web");
    web.metrics.set(Metric::kCPU, cpu_ += static_cast<double>(after_ms) / 100);
    ASSERT_TRUE(session_->tick());
  }
  void ticks(int count) {
    for (int i = 0; i < count; ++i) tick();
  }
  // What was told since the last call, alerts and notices.
  std::vector<std::string> told() { return std::exchange(output_.lines, {}); }

  const test::TempFolder folder_;
  FakeHost host_;
  CapturedOutput output_;
  WatchOptions options_ = [] {
    WatchOptions options;
    options.lifecycle = false;
    return options;
  }();
  double cpu_ = 0;
  std::unique_ptr<WatchSession> session_;
};

TEST_F(BadTimes, AClockSetForwardFiresAndResolvesNothing) {
  start();
  ticks(2);
  host_.set_clock_by(24 * kHour);
  ticks(1);
  EXPECT_THAT(told(), ElementsAre("fired Busy 10")) << "Many pends for 3 s of true time";
  ticks(1);
  EXPECT_THAT(told(), ElementsAre("fired Many 10"));
  ticks(30);
  EXPECT_THAT(told(), IsEmpty()) << "no repeat before its time";
}

TEST_F(BadTimes, AClockSetBackHoldsNothingUp) {
  start();
  ticks(2);
  host_.set_clock_by(-24 * kHour);
  ticks(2);
  EXPECT_THAT(told(), ElementsAre("fired Busy 10", "fired Many 10"));
  ticks(300);
  EXPECT_THAT(told(), ElementsAre("repeat Busy 10", "repeat Many 10"));
}

TEST_F(BadTimes, ASuspendedHostGoesOnWhereItWas) {
  start();
  ticks(2);
  tick(8 * kHour);
  ticks(20);
  EXPECT_THAT(told(), ElementsAre("fired Busy 10", "repeat Busy 10", "fired Many 10"));
}

TEST_F(BadTimes, LateTicksAreTicks) {
  start();
  for (const Timestamp late : {1000, 1700, 400, 2900, 1100, 4000, 1000}) tick(late);
  EXPECT_THAT(told(), ElementsAre("fired Busy 10", "fired Many 10")) << "and nothing ends in between";
}

TEST_F(BadTimes, AReloadWhilePendingLetsItsTimeGoOn) {
  start();
  ticks(3);
  session_->reload();
  ticks(1);
  EXPECT_THAT(told(), ElementsAre("fired Busy 10", "notice reloaded", "fired Many 10"));
}

TEST_F(BadTimes, ARuleThatIsRenamedWhileItFiresResolvesUnderItsOldName) {
  start();
  ticks(4);
  (void)told();
  write_rules(R"(
  - {alert: Lots, expr: pmon_process_threads > 100}
  - {alert: Busy, expr: 'rate(pmon_process_cpu_seconds_total[10s]) > 0.5'}
)");
  session_->reload();
  ticks(3);
  EXPECT_THAT(told(), ElementsAre("notice reloaded", "rule_removed Many 10", "fired Lots 10"));
}

TEST_F(BadTimes, ARuleThatIsRemovedWhilePendingIsNeverHeardOf) {
  start();
  ticks(2);
  write_rules(" []\n");
  session_->reload();
  ticks(3);
  EXPECT_THAT(told(), ElementsAre("fired Busy 10", "notice reloaded", "rule_removed Busy 10"));
}

TEST_F(BadTimes, ARuleThatCannotBeMeasuredIsToldOfAndStopsNoOther) {
  host_.capabilities.remove(Metric::kTHREADS, "a test says so");
  host_.process(10, "web").metrics = {};
  start();
  ticks(5);
  EXPECT_THAT(told(), ElementsAre("notice rule_limited", "fired Busy 10"));
}

TEST_F(BadTimes, AWatchThatIsStartedAgainGoesOn) {
  const std::string state = folder_.file("state");
  start(state);
  ticks(2);
  EXPECT_THAT(told(), ElementsAre("fired Busy 10"));
  host_.advance(60'000);
  start(state);  // the old one ended without a word, as by a kill
  ticks(1);
  EXPECT_THAT(told(), IsEmpty()) << "the minute in between does not count for Many, and Busy is told already";
  ticks(1);
  EXPECT_THAT(told(), ElementsAre("fired Many 10"));
  session_->finish();
  start(state);
  host_.process(10, "web").metrics.set(Metric::kTHREADS, 5);
  ticks(1);
  EXPECT_THAT(told(), ElementsAre("condition_ended Many 10"));
  ticks(30);
  EXPECT_THAT(told(), IsEmpty()) << "Busy goes on though a rate needs time to be seen";
}

TEST_F(BadTimes, TheClockMayBeSetBetweenTwoRuns) {
  const std::string state = folder_.file("state");
  start(state);
  ticks(5);
  (void)told();
  host_.set_clock_by(-24 * kHour);
  start(state);
  ticks(290);
  EXPECT_THAT(told(), IsEmpty());
  ticks(10);
  EXPECT_THAT(told(), ElementsAre("repeat Busy 10", "repeat Many 10")) << "five minutes after it was told";
}

TEST_F(BadTimes, ASilenceCountsFromTheNextTickOn) {
  const std::string state = folder_.file("state");
  start(state);
  ticks(2);
  (void)told();
  const SilenceFile file(state);
  const Timestamp now = host_.now().wall;
  ASSERT_TRUE(file.change(now, [&](alerts::Silences& silences) {
    return silences.add({"id", *alerts::parse_matchers("alertname=Many"), now, now + 10'000, 0, "ada", ""}, now);
  }));
  ticks(9);
  EXPECT_THAT(told(), IsEmpty());
  ticks(1);
  EXPECT_THAT(told(), ElementsAre("fired Many 10")) << "the silence is over, and it still fires";
}

TEST_F(BadTimes, ASilenceOutlivesARestart) {
  const std::string state = folder_.file("state");
  start(state);
  const SilenceFile file(state);
  const Timestamp now = host_.now().wall;
  ASSERT_TRUE(file.change(now, [&](alerts::Silences& silences) {
    return silences.add({"id", *alerts::parse_matchers("alertname=Many"), now, now + 60'000, 0, "ada", ""}, now);
  }));
  ticks(2);
  start(state);
  ticks(20);
  EXPECT_THAT(told(), ElementsAre("fired Busy 10"));
}

TEST_F(BadTimes, ADamagedSilenceFileIsToldAndMutesNothing) {
  const std::string state = folder_.file("state");
  start(state);
  folder_.write("state/silences.json", "{}");
  ticks(4);
  EXPECT_THAT(told(), ElementsAre("notice silences_failed", "fired Busy 10", "fired Many 10"));
}

}  // namespace
}  // namespace pmon::monitor
