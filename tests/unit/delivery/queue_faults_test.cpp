// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <gmock/gmock.h>

#include "../../fixtures/fake_http_server.h"
#include "queue_support.h"

// A queue before a server that fails: what was lost is what was counted, and what arrived is in order.
namespace pmon::delivery {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this file is about it
using fixtures::FakeHttpServer;
using testing::HasSubstr;
using testing::IsEmpty;
using Answer = FakeHttpServer::Answer;
using Fault = FakeHttpServer::Fault;
using Dropped = std::map<std::string, std::uint64_t>;

// The bodies that were answered with 2xx: those that a server has.
class Receiver {
 public:
  FakeHttpServer::Handler handler(std::function<Answer(const FakeHttpServer::Request&)> answer) {
    return [this, answer = std::move(answer)](const FakeHttpServer::Request& request) {
      Answer given = answer(request);
      if (given.status / 100 == 2 && given.fault == Fault::kNone) {
        const std::lock_guard lock(mutex_);
        bodies_.push_back(request.body);
      }
      return given;
    };
  }
  std::vector<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> bodies_;
};

struct FaultCase {
  const char* name;
  Answer answer;
  bool final = false;  // the item is refused
};

class QueueFault : public testing::TestWithParam<FaultCase> {};

TEST_P(QueueFault, PassesWithNothingLost) {
  Receiver receiver;
  std::atomic<int> failures = 4;
  FakeHttpServer server(
      receiver.handler([&](const auto&) { return failures-- > 0 ? GetParam().answer : Answer{.status = 204}; }));
  const auto queue = start(std::make_unique<HttpPost>(server.url("/x?token=sesame")), quick());
  for (const std::string& body : numbers(0, 20)) queue->push({body});
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  const QueueStatus status = queue->status();
  expect_consistent(status);
  EXPECT_EQ(status.sent, receiver.bodies().size());
  if (GetParam().final) {
    EXPECT_EQ(status.dropped, (Dropped{{"rejected", 4}}));
    EXPECT_EQ(receiver.bodies(), numbers(4, 20));
    EXPECT_EQ(status.retries, 0U);
  } else {
    EXPECT_EQ(status.dropped, Dropped());
    EXPECT_EQ(receiver.bodies(), numbers(0, 20));
    EXPECT_EQ(status.retries, 4U);
  }
  EXPECT_THAT(status.last_error, testing::StartsWith("POST " + server.url("/x") + ": "));
  EXPECT_THAT(status.last_error, testing::Not(HasSubstr("sesame")));
}

TEST_P(QueueFault, LastsAndEverythingIsCounted) {
  FakeHttpServer server;
  server.answer_with(GetParam().answer);
  QueueOptions options = quick();
  options.capacity = 10;
  std::multiset<std::string> told;
  std::mutex mutex;
  options.on_drop = [&](const Item& item, std::string_view) {
    const std::lock_guard lock(mutex);
    told.insert(item.body);
  };
  auto queue = start(std::make_unique<HttpPost>(server.url()), options);
  for (const std::string& body : numbers(0, 30)) queue->push({body});
  ASSERT_TRUE(server.wait_for_requests(2));
  const auto begin = Clock::now();
  queue->stop(begin + milliseconds(100));
  EXPECT_LT(Clock::now() - begin, seconds(2));
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  const QueueStatus status = queue->status();
  EXPECT_EQ(status.sent, 0U);
  EXPECT_EQ(dropped(status), 30U);
  EXPECT_TRUE(status.failing_since);
  queue.reset();
  EXPECT_EQ(told.size(), 30U);
  EXPECT_EQ((std::set<std::string>(told.begin(), told.end()).size()), 30U) << "each once";
}

INSTANTIATE_TEST_SUITE_P(All, QueueFault,
                         testing::Values(FaultCase{"status500", {.status = 500}},
                                         FaultCase{"status429", {.status = 429, .headers = {{"Retry-After", "0"}}}},
                                         FaultCase{"status400", {.status = 400}, true},
                                         FaultCase{"hang", {.fault = Fault::kHang}},
                                         FaultCase{"close", {.fault = Fault::kClose}},
                                         FaultCase{"reset", {.fault = Fault::kReset}},
                                         FaultCase{"half_close", {.fault = Fault::kHalfClose}},
                                         FaultCase{"garbage", {.fault = Fault::kGarbage}},
                                         FaultCase{"cut_body", {.body = "0123456789", .fault = Fault::kCutBody}},
                                         FaultCase{"cut_head", {.fault = Fault::kCutHead}}),
                         [](const auto& fault) { return fault.param.name; });

TEST(QueueFaults, NobodyThereUntilSomebodyIs) {
  Receiver receiver;
  FakeHttpServer server(receiver.handler([](const auto&) { return Answer{}; }));
  server.go_away();
  const auto queue = start(std::make_unique<HttpPost>(server.url()), quick());
  for (const std::string& body : numbers(0, 20)) queue->push({body});
  ASSERT_TRUE(eventually([&] { return queue->status().open; }));
  EXPECT_EQ(queue->status().length, 20U);
  server.come_back();
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 20; }));
  EXPECT_EQ(receiver.bodies(), numbers(0, 20));
  EXPECT_FALSE(queue->status().open);
}

TEST(QueueFaults, AwayForAWhileLosesWhatTheQueueCannotHold) {
  Receiver receiver;
  FakeHttpServer server(receiver.handler([](const auto&) { return Answer{}; }));
  QueueOptions options = quick();
  options.capacity = 10;
  const auto queue = start(std::make_unique<HttpPost>(server.url()), options);
  int next = 0;
  const auto push_slowly = [&](int count) {
    for (int i = 0; i < count; ++i) {
      queue->push({std::to_string(next++)});
      std::this_thread::sleep_for(milliseconds(2));
    }
  };
  push_slowly(5);
  ASSERT_TRUE(eventually([&] { return queue->status().sent == 5; }));
  server.go_away();
  push_slowly(50);
  server.come_back();
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  const QueueStatus status = queue->status();
  expect_consistent(status);
  EXPECT_EQ(status.dropped, (Dropped{{"overflow", 40}})) << "50 came, 10 were held";
  std::vector<std::string> expected = numbers(0, 5);
  for (const std::string& body : numbers(45, 55)) expected.push_back(body);
  EXPECT_EQ(receiver.bodies(), expected);
}

TEST(QueueFaults, NoSuchHost) {
  QueueOptions options = quick();
  options.timeout = seconds(2);
  const auto queue = start(std::make_unique<HttpPost>("http://name.invalid/x"), options);
  queue->push({"a"});
  ASSERT_TRUE(eventually([&] { return queue->status().failing_since.has_value(); }));
  EXPECT_EQ(queue->status().length, 1U) << "names may come back";
  EXPECT_THAT(queue->status().last_error, HasSubstr("http://name.invalid/x"));
}

TEST(QueueFaults, AnAddressThatIsNoneIsFinal) {
  const auto queue = start(std::make_unique<HttpPost>("htp://host/"), quick());
  queue->push({"a"});
  ASSERT_TRUE(eventually([&] { return queue->status().length == 0; }));
  EXPECT_EQ(queue->status().dropped, (Dropped{{"rejected", 1}}));
}

TEST(QueueFaults, StopInterruptsARequestInFlight) {
  FakeHttpServer server;
  server.answer_with({.fault = Fault::kHang});
  QueueOptions options = quick();
  options.timeout = seconds(60);
  auto queue = start(std::make_unique<HttpPost>(server.url()), options);
  queue->push({"a"});
  ASSERT_TRUE(server.wait_for_requests(1));
  const auto begin = Clock::now();
  queue->stop(begin + milliseconds(50));
  EXPECT_LT(Clock::now() - begin, seconds(10));
  queue.reset();
  EXPECT_LT(Clock::now() - begin, seconds(20)) << "libcurl asks once a second; the request has a minute";
}

TEST(QueueFaults, ADeadServerDelaysNoOther) {
  FakeHttpServer dead;
  dead.answer_with({.fault = Fault::kHang});
  Receiver receiver;
  FakeHttpServer living(receiver.handler([](const auto&) { return Answer{}; }));
  QueueOptions slow = quick();
  slow.timeout = seconds(30);
  const auto stuck = start(std::make_unique<HttpPost>(dead.url()), slow);
  const auto well = start(std::make_unique<HttpPost>(living.url()), quick());
  for (const std::string& body : numbers(0, 100)) {
    stuck->push({body});
    well->push({body});
  }
  ASSERT_TRUE(eventually([&] { return well->status().sent == 100; }));
  EXPECT_EQ(stuck->status().sent, 0U);
  EXPECT_EQ(receiver.bodies(), numbers(0, 100));
  dead.go_away();
}

}  // namespace
}  // namespace pmon::delivery
