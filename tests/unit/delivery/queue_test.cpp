// SPDX-License-Identifier: Apache-2.0
#include "delivery/queue.h"

#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include <atomic>
#include <csignal>

#include <gmock/gmock.h>

#include "delivery/interruption.h"
#include "queue_support.h"

namespace pmon::delivery {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this file is about it
using testing::ElementsAre;
using testing::HasSubstr;

using Dropped = std::map<std::string, std::uint64_t>;

TEST(Queue, DeliversInOrder) {
  FakeDestination fake;
  const auto queue = start(fake.handle(), quick());
  for (const std::string& body : numbers(0, 500)) queue->push({body});
  queue->stop(Clock::now() + seconds(10));
  EXPECT_EQ(fake.delivered(), numbers(0, 500));
  const QueueStatus status = queue->status();
  EXPECT_EQ(status.name, "test");
  EXPECT_EQ(status.sent, 500U);
  EXPECT_EQ(status.length, 0U);
  EXPECT_EQ(status.dropped, Dropped());
  EXPECT_EQ(status.retries, 0U);
  EXPECT_TRUE(status.last_success);
  EXPECT_FALSE(status.failing_since);
  EXPECT_EQ(status.last_error, "");
  expect_consistent(status);
}

TEST(Queue, TriesAgainWhatMaySucceed) {
  FakeDestination fake;
  std::atomic<int> left = 3;
  fake.do_this([&](const Item&, Deadline) { return left-- > 0 ? Outcome::retry("busy") : Outcome::delivered(); });
  const auto queue = start(fake.handle(), quick());
  queue->push({"a"});
  queue->push({"b"});
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 2; }));
  EXPECT_THAT(fake.delivered(), ElementsAre("a", "b"));
  const QueueStatus status = queue->status();
  EXPECT_EQ(status.retries, 3U);
  EXPECT_EQ(status.last_error, "busy") << "the last one, though all is well again";
  EXPECT_FALSE(status.failing_since);
}

TEST(Queue, ARefusedItemIsFinal) {
  FakeDestination fake;
  fake.do_this([](const Item& item, Deadline) {
    return item.body == "bad" ? Outcome::rejected("400: what is this") : Outcome::delivered();
  });
  std::vector<std::string> told;
  QueueOptions options = quick();
  options.on_drop = [&](const Item& item, std::string_view reason) {
    told.push_back(std::string(reason) + ":" + item.body);
  };
  auto queue = start(fake.handle(), options);
  queue->push({"bad"});
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  EXPECT_TRUE(queue->status().failing_since);
  EXPECT_EQ(queue->status().last_error, "400: what is this");
  queue->push({"good"});
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 1; }));
  EXPECT_EQ(queue->status().dropped, (Dropped{{"rejected", 1}}));
  EXPECT_EQ(fake.attempts(), 2U);
  EXPECT_FALSE(queue->status().failing_since);
  queue.reset();
  EXPECT_THAT(told, ElementsAre("rejected:bad"));
  EXPECT_TRUE(fake.lost().empty()) << "it knows that one";
}

TEST(Queue, OldestAreDroppedBeyondTheCapacity) {
  FakeDestination fake;
  std::atomic<bool> held = true;
  fake.do_this([&](const Item&, Deadline) {
    while (held) std::this_thread::sleep_for(milliseconds(1));
    return Outcome::delivered();
  });
  QueueOptions options = quick();
  options.capacity = 10;
  std::vector<std::string> told;
  options.on_drop = [&](const Item& item, std::string_view reason) {
    EXPECT_EQ(reason, "overflow");
    told.push_back(item.body);
  };
  const auto queue = start(fake.handle(), options);
  queue->push({"0"});
  ASSERT_TRUE(fake.wait_for_attempts(1));
  for (const std::string& body : numbers(1, 20)) queue->push({body});
  EXPECT_EQ(queue->status().length, 10U);
  expect_consistent(queue->status());
  held = false;
  queue->stop(Clock::now() + seconds(10));
  // The one in flight cannot be called back.
  EXPECT_THAT(fake.delivered(), ElementsAre("0", "11", "12", "13", "14", "15", "16", "17", "18", "19"));
  EXPECT_EQ(queue->status().dropped, (Dropped{{"overflow", 10}}));
  EXPECT_EQ(told, numbers(1, 11));
  EXPECT_EQ(fake.lost(), told);
}

TEST(Queue, OneThatWaitsForItsNextAttemptIsTheOldest) {
  FakeDestination fake(fail_once_more);
  QueueOptions options = quick();
  options.capacity = 3;
  options.first_delay = seconds(60);
  options.longest_delay = seconds(60);
  const auto queue = start(fake.handle(), options);
  queue->push({"0"});
  ASSERT_TRUE(eventually([&] { return queue->status().last_error == "no"; }));
  for (const std::string& body : numbers(1, 5)) queue->push({body});
  fake.do_this([](const Item&, Deadline) { return Outcome::delivered(); });
  queue->stop(Clock::now() + seconds(10));
  EXPECT_THAT(fake.delivered(), ElementsAre("2", "3", "4"));
  EXPECT_EQ(queue->status().retries, 0U) << "another item's first attempt is none";
}

TEST(Queue, BytesAreBounded) {
  FakeDestination fake(fail_once_more);
  QueueOptions options = quick();
  options.capacity_bytes = 1000;
  options.first_delay = seconds(60);
  options.longest_delay = seconds(60);
  const auto queue = start(fake.handle(), options);
  for (int i = 0; i < 10; ++i) queue->push({std::string(300, 'x')});
  ASSERT_TRUE(eventually([&] { return queue->status().length <= 3; }));
  queue->push({std::string(5000, 'y')});
  ASSERT_TRUE(eventually([&] { return queue->status().length == 1; })) << "the newest stays";
  expect_consistent(queue->status());
  queue->push({"small"});
  EXPECT_TRUE(eventually([&] { return queue->status().length == 1; }));
}

TEST(Queue, TheCircuitOpensAndAProbeClosesIt) {
  FakeDestination fake(fail_once_more);
  QueueOptions options = quick();
  options.failures_to_open = 3;
  options.open_for = milliseconds(200);
  const auto queue = start(fake.handle(), options);
  for (const std::string& body : numbers(0, 10)) queue->push({body});
  ASSERT_TRUE(eventually([&] { return queue->status().open; }));
  EXPECT_EQ(fake.attempts(), 3U);
  const auto opened = Clock::now();
  ASSERT_TRUE(fake.wait_for_attempts(4));
  EXPECT_GE(Clock::now() - opened, milliseconds(150));
  EXPECT_TRUE(queue->status().open) << "the probe failed";
  fake.do_this([](const Item&, Deadline) { return Outcome::delivered(); });
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 10; }));
  EXPECT_FALSE(queue->status().open);
  EXPECT_EQ(fake.delivered(), numbers(0, 10));
}

TEST(Queue, ObeysRetryAfter) {
  FakeDestination fake;
  std::atomic<bool> first = true;
  fake.do_this([&](const Item&, Deadline) {
    return first.exchange(false) ? Outcome::retry("429", milliseconds(300)) : Outcome::delivered();
  });
  const auto queue = start(fake.handle(), quick());
  const auto begin = Clock::now();
  queue->push({"a"});
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 1; }));
  EXPECT_GE(Clock::now() - begin, milliseconds(300));
}

TEST(Queue, RefreshesOnItsInterval) {
  FakeDestination fake;
  std::atomic<int> refreshed = 0;
  std::atomic<bool> well = true;
  fake.refresh_interval = milliseconds(10);
  fake.on_refresh = [&](Deadline) {
    ++refreshed;
    return well ? Outcome::delivered() : Outcome::retry("cannot say it again");
  };
  const auto queue = start(fake.handle(), quick());
  ASSERT_TRUE(eventually([&] { return refreshed >= 3; }));
  EXPECT_TRUE(queue->status().last_success);
  well = false;
  ASSERT_TRUE(eventually([&] { return queue->status().failing_since.has_value(); }));
  EXPECT_EQ(queue->status().last_error, "cannot say it again");
  queue->push({"a"});
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 1; })) << "its failures hold no item up";
  EXPECT_TRUE(queue->status().failing_since) << "an item's success is not the refresh's";
  EXPECT_EQ(queue->status().pushed, 1U);
  well = true;
  EXPECT_TRUE(eventually([&] { return !queue->status().failing_since; }));
}

TEST(Queue, StopTriesQuicklyUntilTheDeadlineAndCountsTheRest) {
  FakeDestination fake(fail_once_more);
  QueueOptions options = quick();
  options.first_delay = seconds(60);
  options.longest_delay = seconds(60);
  const auto queue = start(fake.handle(), options);
  for (const std::string& body : numbers(0, 5)) queue->push({body});
  ASSERT_TRUE(fake.wait_for_attempts(1));
  const auto begin = Clock::now();
  queue->stop(begin + milliseconds(400));
  EXPECT_GE(Clock::now() - begin, milliseconds(400));
  EXPECT_LT(Clock::now() - begin, seconds(20)) << "not the minute that it would wait";
  EXPECT_GE(fake.attempts(), 3U);
  EXPECT_EQ(queue->status().dropped, (Dropped{{"shutdown", 5}}));
  queue->push({"late"});
  EXPECT_EQ(queue->status().dropped, (Dropped{{"shutdown", 6}}));
  expect_consistent(queue->status());
  queue->stop(Clock::now() + seconds(60));  // does nothing
}

TEST(Queue, StopReturnsWhateverTheDestinationDoes) {
  FakeDestination fake;
  std::atomic<bool> held = true;
  fake.do_this([&](const Item&, Deadline) {
    while (held) std::this_thread::sleep_for(milliseconds(1));  // a bug: it knows no deadline
    return Outcome::delivered();
  });
  auto queue = start(fake.handle(), quick());
  for (const std::string& body : numbers(0, 5)) queue->push({body});
  ASSERT_TRUE(fake.wait_for_attempts(1));
  const auto begin = Clock::now();
  queue->stop(begin + milliseconds(50));
  EXPECT_LT(Clock::now() - begin, seconds(5));
  EXPECT_EQ(queue->status().length, 1U) << "nobody knows yet what becomes of it";
  EXPECT_EQ(queue->status().dropped, (Dropped{{"shutdown", 4}}));
  expect_consistent(queue->status());
  held = false;
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  EXPECT_EQ(queue->status().sent, 1U);
  expect_consistent(queue->status());
}

TEST(Queue, StopInterruptsWhatAsks) {
  FakeDestination fake;
  std::atomic<int> interruptions = 0;
  fake.do_this([&](const Item&, Deadline deadline) {
    while (!interrupted() && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(1));
    if (interrupted()) ++interruptions;
    return Outcome::retry("given up");
  });
  QueueOptions options = quick();
  options.timeout = seconds(60);
  auto queue = start(fake.handle(), options);
  queue->push({"a"});
  ASSERT_TRUE(fake.wait_for_attempts(1));
  const auto begin = Clock::now();
  queue.reset();
  EXPECT_LT(Clock::now() - begin, seconds(5));
  EXPECT_EQ(interruptions, 1);
  EXPECT_FALSE(interrupted()) << "in any other thread";
}

TEST(Queue, AttemptsEndByTheDeadlineOfTheStop) {
  FakeDestination fake;
  std::atomic<Clock::rep> latest = 0;
  fake.do_this([&](const Item&, Deadline deadline) {
    latest = deadline.time_since_epoch().count();
    return Outcome::delivered();
  });
  QueueOptions options = quick();
  options.timeout = seconds(60);
  options.first_delay = options.longest_delay = seconds(60);
  const auto queue = start(fake.handle(), options);
  fake.do_this(fail_once_more);
  queue->push({"a"});
  ASSERT_TRUE(fake.wait_for_attempts(1));
  fake.do_this([&](const Item&, Deadline deadline) {
    latest = deadline.time_since_epoch().count();
    return Outcome::delivered();
  });
  const Deadline deadline = Clock::now() + seconds(2);
  queue->stop(deadline);
  EXPECT_EQ(queue->status().sent, 1U);
  EXPECT_LE(latest, deadline.time_since_epoch().count());
}

TEST(Queue, AThrowingDestinationLosesOneItemAndSaysSo) {
  FakeDestination fake;
  fake.do_this([](const Item& item, Deadline) -> Outcome {
    if (item.body == "bad") throw std::runtime_error("oops");
    return Outcome::delivered();
  });
  const auto queue = start(fake.handle(), quick());
  queue->push({"bad"});
  queue->push({"good"});
  queue->stop(Clock::now() + seconds(10));
  EXPECT_EQ(queue->status().dropped, (Dropped{{"rejected", 1}}));
  EXPECT_EQ(queue->status().last_error, "test: oops");
  EXPECT_THAT(fake.delivered(), ElementsAre("good"));
}

TEST(Queue, ItsThreadHasANameAndTakesNoSignals) {
  FakeDestination fake;
  std::string name;
  int taken = 0;
  fake.do_this([&](const Item&, Deadline) {
    char buffer[16];
    pthread_getname_np(pthread_self(), buffer, sizeof buffer);
    name = buffer;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGALRM})
      taken += sigismember(&blocked, signal) == 0;
    return Outcome::delivered();
  });
  const auto queue = start(fake.handle(), quick("alertmanager-of-the-team"));
  queue->push({"a"});
  queue->stop(Clock::now() + seconds(10));
  EXPECT_EQ(name, "pmon-alertmanag");
  EXPECT_EQ(taken, 0);
  sigset_t own;
  pthread_sigmask(SIG_SETMASK, nullptr, &own);
  EXPECT_EQ(sigismember(&own, SIGTERM), 0) << "the caller's mask is as before";
}

TEST(Queue, StatusIsConsistentAtEveryMoment) {
  FakeDestination fake;
  std::atomic<unsigned> calls = 0;
  fake.do_this([&](const Item&, Deadline) {
    const unsigned call = ++calls;
    if (call % 5 == 0) return Outcome::retry("no", milliseconds(1));
    return call % 7 == 0 ? Outcome::rejected("never") : Outcome::delivered();
  });
  QueueOptions options = quick();
  options.capacity = 50;
  options.first_delay = milliseconds(1);
  const auto queue = start(fake.handle(), options);
  std::vector<std::thread> pushers;
  for (int i = 0; i < 3; ++i) {
    pushers.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        queue->push({"x"});
        if (n % 50 == 0) std::this_thread::sleep_for(milliseconds(1));
      }
    });
  }
  for (int i = 0; i < 500; ++i) expect_consistent(queue->status());
  for (std::thread& pusher : pushers) pusher.join();
  queue->stop(Clock::now() + seconds(10));
  const QueueStatus status = queue->status();
  expect_consistent(status);
  EXPECT_EQ(status.pushed, 1500U);
  EXPECT_EQ(status.sent, fake.delivered().size());
  EXPECT_EQ(status.length, 0U);
}

// A thousand alerts in one tick, each to twenty sinks, none of which answers.
TEST(QueueTiming, APushCostsMicroseconds) {
  std::atomic<bool> held = true;
  std::vector<std::unique_ptr<FakeDestination>> fakes;
  std::vector<std::unique_ptr<Queue>> queues;
  for (int i = 0; i < 20; ++i) {
    fakes.push_back(std::make_unique<FakeDestination>([&](const Item&, Deadline) {
      while (held) std::this_thread::sleep_for(milliseconds(5));
      return Outcome::delivered();
    }));
    queues.push_back(start(fakes.back()->handle(), quick("q" + std::to_string(i))));
  }
  std::vector<std::vector<Item>> items(20, std::vector<Item>(1000, Item{std::string(200, 'x')}));
  timespec begin{};
  timespec end{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
  for (std::size_t n = 0; n < 1000; ++n) {
    for (std::size_t q = 0; q < 20; ++q) queues[q]->push(std::move(items[q][n]));
  }
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
  const double ms =
      static_cast<double>(end.tv_sec - begin.tv_sec) * 1e3 + static_cast<double>(end.tv_nsec - begin.tv_nsec) / 1e6;
  held = false;
  RecordProperty("microseconds_a_push", std::to_string(ms * 1000 / 20000));
  std::printf("20,000 pushes: %.2f ms, %.3f us each\n", ms, ms * 1000 / 20000);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(ms, 100) << "an order of magnitude of room for a busy machine";
#endif
  for (const auto& queue : queues) queue->stop(Clock::now() + seconds(10));
  for (const auto& queue : queues) EXPECT_EQ(queue->status().sent, 1000U);
}

}  // namespace
}  // namespace pmon::delivery
