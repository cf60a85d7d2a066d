// SPDX-License-Identifier: Apache-2.0
// A queue that takes another one's place while both run: nothing is lost, nothing comes twice, and the counts go on.
#include <atomic>

#include <gmock/gmock.h>

#include "../../fixtures/file_tree.h"
#include "delivery/interruption.h"
#include "queue_support.h"

namespace pmon::delivery {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this file is about it
using testing::ElementsAre;
using Dropped = std::map<std::string, std::uint64_t>;

struct SuccessionCase {
  const char* name;
  bool spool_before;
  bool spool_after;
};

class QueueSuccession : public testing::TestWithParam<SuccessionCase> {
 protected:
  QueueOptions options(bool spool) const {
    QueueOptions options = quick();
    if (spool) options.spool = files_.path("spool");
    return options;
  }
  std::unique_ptr<Queue> successor(FakeDestination& fake, const Queue& before, bool spool) const {
    QueueOptions next = options(spool);
    next.succeeds = &before;
    return start(fake.handle(), next);
  }

  fixtures::FileTree files_{{"empty/", ""}};
};

TEST_P(QueueSuccession, DeliversWhatTheOtherHadFirst) {
  FakeDestination old_place(fail_once_more);
  FakeDestination new_place;
  auto before = start(old_place.handle(), options(GetParam().spool_before));
  for (const std::string& body : numbers(0, 20)) before->push({body});
  ASSERT_TRUE(old_place.wait_for_attempts(2));
  const auto after = successor(new_place, *before, GetParam().spool_after);
  after->push({"20"});
  EXPECT_EQ(new_place.attempts(), 0U) << "before it has what comes first";
  after->take_over(std::move(before));
  after->push({"21"});
  ASSERT_TRUE(eventually([&] { return after->status().length == 0; }));
  EXPECT_EQ(new_place.delivered(), numbers(0, 22));
  EXPECT_EQ(after->status().sent, 22U);
  EXPECT_EQ(after->status().pushed, 22U);
  EXPECT_GE(after->status().retries, 1U) << "of both";
  EXPECT_FALSE(after->status().failing_since) << "what failed was the other's";
  expect_consistent(after->status());
}

INSTANTIATE_TEST_SUITE_P(Each, QueueSuccession,
                         testing::Values(SuccessionCase{"in_memory", false, false}, SuccessionCase{"spool", true, true},
                                         SuccessionCase{"spool_from_now_on", false, true}),
                         [](const auto& one) { return one.param.name; });

using QueueSuccessionTo = QueueSuccession;

TEST_F(QueueSuccessionTo, NoSpoolLeavesInTheFolderWhatIsThere) {
  FakeDestination old_place(fail_once_more);
  FakeDestination new_place;
  auto before = start(old_place.handle(), options(true));
  for (const std::string& body : numbers(0, 5)) before->push({body});
  ASSERT_TRUE(old_place.wait_for_attempts(2));
  {
    const auto after = successor(new_place, *before, false);
    after->take_over(std::move(before));
    after->push({"new"});
    ASSERT_TRUE(eventually([&] { return after->status().sent == 1; }));
    EXPECT_EQ(after->status().pushed, 1U);
    expect_consistent(after->status());
  }
  const auto again = start(new_place.handle(), options(true));
  EXPECT_TRUE(eventually([&] { return again->status().sent == 5; }));
}

TEST_F(QueueSuccessionTo, CountsGoOnAtEveryMoment) {
  FakeDestination old_place;
  FakeDestination new_place;
  auto before = start(old_place.handle(), options(true));
  for (const std::string& body : numbers(0, 10)) before->push({body});
  ASSERT_TRUE(eventually([&] { return before->status().sent == 10; }));
  std::atomic<bool> held = true;
  old_place.do_this([&](const Item&, Deadline) {
    while (held) std::this_thread::sleep_for(milliseconds(1));
    return Outcome::delivered();
  });
  before->push({"held"});
  ASSERT_TRUE(old_place.wait_for_attempts(11));
  const auto after = successor(new_place, *before, true);
  const auto begin = Clock::now();
  after->take_over(std::move(before));
  EXPECT_LT(Clock::now() - begin, seconds(1)) << "it does not wait";
  after->push({"new"});
  EXPECT_EQ(after->status().sent, 10U);
  EXPECT_EQ(after->status().pushed, 12U);
  expect_consistent(after->status());
  held = false;
  while (after->status().sent < 12) {
    ASSERT_LT(Clock::now() - begin, seconds(20));
    expect_consistent(after->status());
    EXPECT_EQ(after->status().pushed, 12U);
  }
  EXPECT_THAT(new_place.delivered(), ElementsAre("new")) << "what was in flight came once";
  EXPECT_EQ(after->status().dropped, Dropped());
}

TEST_F(QueueSuccessionTo, GivesUpTheOthersAttemptThatTakesTooLong) {
  FakeDestination old_place;
  FakeDestination new_place;
  old_place.do_this([&](const Item&, Deadline) {
    while (!interrupted()) std::this_thread::sleep_for(milliseconds(1));
    return Outcome::retry("given up");
  });
  QueueOptions slow = options(true);
  slow.timeout = seconds(60);
  auto before = start(old_place.handle(), slow);
  before->push({"a"});
  ASSERT_TRUE(old_place.wait_for_attempts(1));
  const auto after = successor(new_place, *before, true);
  after->take_over(std::move(before));
  EXPECT_TRUE(eventually([&] { return after->status().sent == 1; }));
  EXPECT_THAT(new_place.delivered(), ElementsAre("a"));
}

TEST_F(QueueSuccessionTo, OneAfterAnotherAtOnce) {
  FakeDestination dead(fail_once_more);
  FakeDestination place;
  auto queue = start(dead.handle(), options(true));
  queue->push({"0"});
  for (int i = 1; i < 5; ++i) {
    auto next = successor(i == 4 ? place : dead, *queue, true);
    next->take_over(std::move(queue));
    next->push({std::to_string(i)});
    queue = std::move(next);
  }
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 5; }));
  EXPECT_EQ(place.delivered(), numbers(0, 5));
}

TEST_F(QueueSuccessionTo, WhatIsNeverTakenOverChangesNothing) {
  FakeDestination place;
  FakeDestination other;
  const auto before = start(place.handle(), options(true));
  {
    const auto unused = successor(other, *before, true);
    ASSERT_NE(unused, nullptr);
  }
  before->push({"a"});
  EXPECT_TRUE(eventually([&] { return before->status().sent == 1; }));
}

TEST_F(QueueSuccessionTo, StopEndsItWhileItWaitsForTheOther) {
  FakeDestination old_place;
  FakeDestination new_place;
  std::atomic<bool> held = true;
  old_place.do_this([&](const Item&, Deadline) {
    while (held) std::this_thread::sleep_for(milliseconds(1));
    return Outcome::retry("no");
  });
  auto before = start(old_place.handle(), options(false));
  before->push({"a"});
  ASSERT_TRUE(old_place.wait_for_attempts(1));
  const auto after = successor(new_place, *before, false);
  after->take_over(std::move(before));
  after->push({"b"});
  after->stop(Clock::now() + milliseconds(50));
  EXPECT_EQ(after->status().dropped, (Dropped{{"shutdown", 1}}));
  held = false;
  EXPECT_TRUE(eventually([&] { return after->status().length == 0; }));
  EXPECT_EQ(after->status().dropped, (Dropped{{"shutdown", 2}}));
  expect_consistent(after->status());
}

}  // namespace
}  // namespace pmon::delivery
