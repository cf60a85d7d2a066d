// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "../../fixtures/fake_http_server.h"
#include "../../fixtures/file_tree.h"
#include "queue_support.h"
#include "small_disk.h"

namespace pmon::delivery {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this file is about it
using testing::ElementsAre;
using testing::HasSubstr;
using Dropped = std::map<std::string, std::uint64_t>;

class QueueSpool : public testing::Test {
 protected:
  QueueOptions with_spool() const {
    QueueOptions options = quick();
    options.spool = folder_;
    return options;
  }

  fixtures::FileTree files_{{"empty/", ""}};
  std::string folder_ = files_.path("spool");
};

TEST_F(QueueSpool, WhatIsLeftAtTheEndIsThereAtTheNextStart) {
  FakeDestination fake(fail_once_more);
  {
    const auto queue = start(fake.handle(), with_spool());
    for (const std::string& body : numbers(0, 20)) queue->push({body});
    const auto begin = Clock::now();
    queue->stop(begin + seconds(30));
    EXPECT_LT(Clock::now() - begin, seconds(10)) << "what is safe needs no insisting";
    EXPECT_EQ(queue->status().length, 20U);
    EXPECT_EQ(queue->status().dropped, Dropped());
    expect_consistent(queue->status());
  }
  fake.do_this([](const Item&, Deadline) { return Outcome::delivered(); });
  const auto queue = start(fake.handle(), with_spool());
  EXPECT_EQ(queue->status().pushed, 20U);
  queue->push({"20"});
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  EXPECT_EQ(fake.delivered(), numbers(0, 21));
  EXPECT_EQ(queue->status().sent, 21U);
  expect_consistent(queue->status());
}

TEST_F(QueueSpool, EndsAtOnceAndKeepsAll) {
  FakeDestination fake(fail_once_more);
  {
    const auto queue = start(fake.handle(), with_spool());
    for (const std::string& body : numbers(0, 20)) queue->push({body});
  }
  fake.do_this([](const Item&, Deadline) { return Outcome::delivered(); });
  const auto queue = start(fake.handle(), with_spool());
  EXPECT_EQ(queue->status().pushed, 20U);
}

TEST_F(QueueSpool, DeliversWhatItCanAtTheEnd) {
  FakeDestination fake;
  const auto queue = start(fake.handle(), with_spool());
  for (const std::string& body : numbers(0, 20)) queue->push({body});
  queue->stop(Clock::now() + seconds(20));
  EXPECT_EQ(fake.delivered(), numbers(0, 20));
  EXPECT_EQ(queue->status().length, 0U);
}

TEST_F(QueueSpool, AwayForAWhileLosesNothing) {
  std::mutex mutex;
  std::vector<std::string> bodies;
  fixtures::FakeHttpServer server([&](const auto& request) {
    const std::lock_guard lock(mutex);
    bodies.push_back(request.body);
    return fixtures::FakeHttpServer::Answer{};
  });
  QueueOptions options = with_spool();
  options.capacity = 10;
  const auto queue = start(std::make_unique<HttpPost>(server.url()), options);
  int next = 0;
  // Five at a time, each time until they are on the disk: before every attempt what waits is written there.
  const auto push_slowly = [&](int fives) {
    for (int i = 0; i < fives; ++i) {
      const std::uint64_t before = queue->status().retries;
      for (int n = 0; n < 5; ++n) queue->push({std::to_string(next++)});
      ASSERT_TRUE(eventually([&] {
        const QueueStatus status = queue->status();
        return status.length == 0 || status.retries >= before + 2;
      }));
    }
  };
  push_slowly(1);
  server.go_away();
  push_slowly(12);
  server.come_back();
  push_slowly(1);
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(bodies, numbers(0, 70));
  EXPECT_EQ(queue->status().dropped, Dropped());
}

TEST_F(QueueSpool, OldestAreDroppedBeyondItsBytes) {
  FakeDestination fake(fail_once_more);
  QueueOptions options = with_spool();
  options.spool_bytes = 10 * (100 + 64);
  std::vector<std::string> told;
  options.on_drop = [&](const Item& item, std::string_view reason) {
    EXPECT_EQ(reason, "spool_full");
    told.push_back(item.body.substr(0, item.body.find('.')));
  };
  auto queue = start(fake.handle(), options);
  for (int i = 0; i < 30; ++i) {
    std::string body = std::to_string(i);
    queue->push({body + std::string(100 - body.size(), '.')});
  }
  ASSERT_TRUE(eventually([&] { return queue->status().length == 10; }));
  EXPECT_EQ(queue->status().dropped, (Dropped{{"spool_full", 20}}));
  expect_consistent(queue->status());
  queue.reset();
  EXPECT_EQ(told, numbers(0, 20));
}

TEST_F(QueueSpool, ARefusedItemLeavesIt) {
  FakeDestination fake([](const Item&, Deadline) { return Outcome::rejected("never"); });
  {
    const auto queue = start(fake.handle(), with_spool());
    queue->push({"a"});
    ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
    EXPECT_EQ(queue->status().dropped, (Dropped{{"rejected", 1}}));
  }
  EXPECT_EQ(start(fake.handle(), with_spool())->status().pushed, 0U);
}

TEST_F(QueueSpool, SaysWhatBecameOfADamagedFile) {
  files_.write("spool/queue.db", std::string(5000, 'x'));
  FakeDestination fake;
  const auto queue = start(fake.handle(), with_spool());
  EXPECT_THAT(queue->status().last_error, HasSubstr("set aside as"));
  queue->push({"a"});
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 1; }));
  EXPECT_THAT(queue->status().last_error, HasSubstr("set aside as")) << "it is told until the end";
}

TEST_F(QueueSpool, IsRefusedWhereItCannotBe) {
  FakeDestination fake;
  const auto first = start(fake.handle(), with_spool());
  const auto second = Queue::start(fake.handle(), with_spool());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUsage);
  files_.write("file", "");
  QueueOptions options = with_spool();
  options.spool = files_.path("file");
  EXPECT_FALSE(Queue::start(fake.handle(), options));
}

TEST_F(QueueSpool, AFullDiskIsBridgedByMemory) {
  const SmallDisk disk(512 << 10);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a tmpfs";
  folder_ = disk.path() + "/spool";
  FakeDestination fake(fail_once_more);
  QueueOptions options = with_spool();
  options.capacity = 1000;
  const auto queue = start(fake.handle(), options);
  const std::string padding(20000, '.');
  for (int i = 0; i < 60; ++i) queue->push({std::to_string(i) + padding});
  ASSERT_TRUE(eventually([&] { return queue->status().last_error.find("full") != std::string::npos; }));
  EXPECT_TRUE(queue->status().failing_since);
  EXPECT_EQ(queue->status().length, 60U);
  fake.do_this([](const Item&, Deadline) { return Outcome::delivered(); });
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  std::vector<std::string> expected;
  for (int i = 0; i < 60; ++i) expected.push_back(std::to_string(i) + padding);
  EXPECT_TRUE(fake.delivered() == expected) << "each once, in order";
  EXPECT_EQ(queue->status().dropped, Dropped());
  EXPECT_TRUE(eventually([&] { return !queue->status().failing_since; })) << queue->status().last_error;
}

TEST_F(QueueSpool, AReadOnlyDiskIsNoReasonNotToStart) {
  const SmallDisk disk(4 << 20);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a tmpfs";
  folder_ = disk.path() + "/spool";
  ASSERT_TRUE(disk.make_read_only(true));
  FakeDestination fake;
  const auto queue = start(fake.handle(), with_spool());
  EXPECT_THAT(queue->status().last_error, HasSubstr("Read-only"));
  queue->push({"a"});
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 1; })) << "by memory";
  ASSERT_TRUE(disk.make_read_only(false));
  ASSERT_TRUE(eventually([&] { return !queue->status().failing_since; })) << "the disk is tried again";
  fake.do_this(fail_once_more);
  queue->push({"b"});
  queue->stop(Clock::now() + seconds(10));
  EXPECT_EQ(queue->status().length, 1U) << "kept on the disk";
}

// What a kill takes is what was pushed while one attempt was made; what arrived before is not sent again.
TEST_F(QueueSpool, AKillTakesNothingThatWasWritten) {
  int report[2];
  ASSERT_EQ(pipe(report), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    FakeDestination fake;
    fake.do_this([](const Item& item, Deadline) {
      return std::stoi(item.body) < 10 ? Outcome::delivered() : Outcome::retry("away");
    });
    auto queue = Queue::start(fake.handle(), with_spool());
    if (!queue) _exit(1);
    for (int i = 0; i < 50; ++i) (*queue)->push({std::to_string(i)});
    // Everything was taken to the disk before the attempt that failed last.
    while ((*queue)->status().retries < 3) usleep(1000);
    const char done = 1;
    if (write(report[1], &done, 1) != 1) _exit(1);
    pause();
  }
  close(report[1]);
  char done = 0;
  ASSERT_EQ(read(report[0], &done, 1), 1);
  close(report[0]);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  FakeDestination fake;
  const auto queue = start(fake.handle(), with_spool());
  EXPECT_EQ(queue->status().pushed, 40U);
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  EXPECT_EQ(fake.delivered(), numbers(10, 50));
}

}  // namespace
}  // namespace pmon::delivery
