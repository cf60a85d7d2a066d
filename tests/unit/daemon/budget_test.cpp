// SPDX-License-Identifier: Apache-2.0
#include "daemon/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon::daemon {
namespace {

using testing::HasSubstr;

// A monitor that uses so much CPU and memory, second by second.
class BudgetTest : public testing::Test {
 protected:
  // The steps of so many seconds.
  std::vector<std::string> run(int seconds, double cores, double memory) {
    std::vector<std::string> steps;
    for (int i = 0; i < seconds; ++i) {
      time_ += 1000;
      cpu_ += cores;
      if (const auto step = budget_.update({time_, cpu_, memory})) {
        steps.push_back(step->notice.code + " " + name_of(step->level));
        last_ = step->notice.text;
      }
    }
    return steps;
  }

  Budget budget_{{.cpu_cores = 0.02, .memory_bytes = 100e6}};
  Timestamp time_ = 0;
  double cpu_ = 0;
  std::string last_;
};

TEST_F(BudgetTest, NothingHappensWithinTheLimits) {
  EXPECT_TRUE(run(3600, 0.0199, 99e6).empty());
  EXPECT_EQ(budget_.level(), Level::kFull);
}

TEST_F(BudgetTest, AMomentAboveIsNoReason) {
  EXPECT_TRUE(run(120, 0.001, 20e6).empty());
  EXPECT_TRUE(run(2, 0.5, 20e6).empty());
  EXPECT_TRUE(run(120, 0.001, 20e6).empty());
}

TEST_F(BudgetTest, GivesUpOneThingAMinuteAndSaysWhy) {
  EXPECT_THAT(run(61, 0.05, 20e6), testing::ElementsAre("budget_exceeded longer_interval"));
  EXPECT_THAT(last_, HasSubstr("0.050 cores for 60 s, more than its limit of 0.020"));
  EXPECT_THAT(run(60, 0.05, 20e6), testing::ElementsAre("budget_exceeded fewer_series"));
  EXPECT_THAT(run(60, 0.001, 120e6), testing::ElementsAre("budget_exceeded fewer_hooks"));
  EXPECT_THAT(last_, HasSubstr("120 MB resident, more than its limit of 100 MB"));
  EXPECT_TRUE(run(600, 0.05, 120e6).empty()) << "there is nothing left to give up";
}

TEST_F(BudgetTest, ComesBackAfterFiveCalmMinutesALevel) {
  (void)run(121, 0.05, 20e6);
  ASSERT_EQ(budget_.level(), Level::kFewerSeries);
  EXPECT_TRUE(run(299, 0.004, 20e6).empty());
  EXPECT_THAT(run(120, 0.004, 20e6), testing::ElementsAre("budget_recovered longer_interval"));
  EXPECT_THAT(run(420, 0.004, 20e6), testing::ElementsAre("budget_recovered full"));
}

TEST_F(BudgetTest, DoesNotComeBackToWhereItWouldExceedAgain) {
  (void)run(61, 0.05, 20e6);
  EXPECT_TRUE(run(3600, 0.01, 20e6).empty()) << "four times as often it would use 0.04";
  EXPECT_EQ(budget_.level(), Level::kLongerInterval);
}

TEST_F(BudgetTest, SaysWhenItIsAboutToJudge) {
  EXPECT_FALSE(budget_.judges_at(1'000)) << "there is nothing to compare with";
  (void)run(1, 0.001, 20e6);
  EXPECT_FALSE(budget_.judges_at(60'999));
  EXPECT_TRUE(budget_.judges_at(61'000));
  (void)run(60, 0.001, 20e6);
  EXPECT_FALSE(budget_.judges_at(62'000));
  EXPECT_DOUBLE_EQ(budget_.roomy_memory_bytes(), 75e6);
}

TEST(Budget, AHostGivesAHundredthButAtMostATenthOfACore) {
  EXPECT_DOUBLE_EQ(default_cpu_limit(1), 0.01);
  EXPECT_DOUBLE_EQ(default_cpu_limit(2), 0.02);
  EXPECT_DOUBLE_EQ(default_cpu_limit(64), 0.1);
}

}  // namespace
}  // namespace pmon::daemon
