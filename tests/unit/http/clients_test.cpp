// SPDX-License-Identifier: Apache-2.0
// Slow and hostile clients. Times here are only bounds with room: nothing waits for as long as they allow.
#include <sys/resource.h>

#include <chrono>
#include <future>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::http::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::StartsWith;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // which keep what was freed, or shadow it
#else
constexpr bool kSanitized = false;
#endif

constexpr std::size_t kMegabyte = 1 << 20;

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(::getpagesize());
}

bool allow_descriptors(rlim_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur >= count) return true;
  limit.rlim_cur = std::min(count, limit.rlim_max);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= count;
}

// Families of so many bytes of text.
std::vector<exposition::Family> large_families(std::size_t bytes) {
  const std::string value(10'000, 'x');
  exposition::Family family{"a", "A", MetricKind::kGauge, {}};
  for (std::size_t i = 0; i < bytes / value.size(); ++i) {
    family.samples.push_back({{{"x", value + std::to_string(i)}}, 1});
  }
  return {family};
}

template <typename Condition>
bool comes_true(Condition condition) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

class Clients : public ServerTest {
 protected:
  void TearDown() override {
    release_host();
    server_.reset();  // which may be waiting at what is below
  }

  // From now on /metrics waits in the host until release_host().
  void hold_host() {
    host_.before_families = [this] {
      ++waiting_;
      released_.wait();
    };
  }
  void release_host() {
    if (!released_.try_wait()) released_.count_down();
  }

  std::latch released_{1};
  std::atomic<int> waiting_ = 0;
};

TEST_F(Clients, AThousandSlowOnesDelayNobody) {
  if (!allow_descriptors(2500)) GTEST_SKIP() << "too few file descriptors are allowed here (2,500 needed)";
  start();
  const std::size_t before = resident_bytes();
  const std::string part = "GET /metrics HTTP/1.1\r\nHost: h\r\nX-Padding: " + std::string(15'000, 'x');
  std::vector<Client> slow;
  milliseconds longest{0};
  for (int i = 0; i < 1000; ++i) {
    slow.emplace_back(port());
    ASSERT_TRUE(slow.back().connected()) << i;
    slow.back().send(part);
    if (i % 20 != 0) continue;
    const auto begin = steady_clock::now();
    ASSERT_EQ(get(port(), "/healthz").status, 200) << "with " << i << " slow ones";
    ASSERT_EQ(get(port(), "/metrics").status, 200) << "with " << i << " slow ones";
    longest = std::max(longest, std::chrono::ceil<milliseconds>(steady_clock::now() - begin));
  }
  EXPECT_TRUE(comes_true([this] { return server_->counts().accepted == 1100; }));
  const ClientCounts counts = server_->counts();
  EXPECT_GE(counts.displaced, 1000U - 128U);
  EXPECT_EQ(counts.refused, 0U);
  EXPECT_LT(longest.count(), 1000);
  const std::size_t growth = resident_bytes() - std::min(resident_bytes(), before);
  RecordProperty("longest_ms", static_cast<int>(longest.count()));
  RecordProperty("growth_kb", static_cast<int>(growth >> 10));
  if (!kSanitized) {
    EXPECT_LT(growth, 16 * kMegabyte) << "128 connections with 16 kB each, and the clients' own";
  }
}

TEST_F(Clients, ADripOfHeadersEndsAtTheTimeout) {
  ServerOptions options;
  options.limits.connection.request_timeout = milliseconds(300);
  start(options);
  const Client silent(port());
  const Client dripping(port());
  const auto begin = steady_clock::now();
  dripping.send("GET / HTTP/1.1\r\n");
  std::string answer;
  while (answer.empty() && steady_clock::now() - begin < std::chrono::seconds(10)) {
    dripping.send("A");
    answer = dripping.receive(20);
  }
  EXPECT_GE(steady_clock::now() - begin, milliseconds(290));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_TRUE(silent.ends_within(10'000)) << "without an answer, as it has asked nothing";
  EXPECT_GE(server_->counts().expired, 2U);
}

TEST_F(Clients, AnIdleConnectionEnds) {
  ServerOptions options;
  options.limits.connection.idle_timeout = milliseconds(100);
  start(options);
  const Client client(port());
  client.send("GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.receive(), HasSubstr("200 OK"));
  EXPECT_TRUE(client.ends_within(10'000));
}

TEST_F(Clients, HugeHeadersAreRefusedAtTheLimit) {
  start();
  const std::size_t before = resident_bytes();
  const Client client(port());
  const std::string megabyte(kMegabyte, 'x');
  client.send("GET / HTTP/1.1\r\nHost: h\r\nA: ");
  std::size_t sent = 0;
  while (sent < 64 * kMegabyte && client.send(megabyte)) sent += kMegabyte;
  EXPECT_LT(sent, 64 * kMegabyte) << "the server closes";
  if (!kSanitized) {
    EXPECT_LT(resident_bytes() - std::min(resident_bytes(), before), 4 * kMegabyte);
  }
  const Client small(port());
  small.send("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(20'000, 'x'));
  EXPECT_THAT(small.receive_all(), StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"))
      << "and says why, where the client listens";
}

TEST_F(Clients, ALargeBodyIsRefused) {
  start();
  const Client client(port());
  client.send("POST /api/v1/query HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nquery=");
  EXPECT_THAT(client.receive_all(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(Clients, OneThatDoesNotReadIsDropped) {
  ServerOptions options;
  options.limits.connection.response_timeout = milliseconds(200);
  options.limits.connection.response_rate = 1 << 30;
  host_.state()->families = large_families(32 * kMegabyte);
  start(options);
  const Client client(port());
  client.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(comes_true([this] { return server_->counts().expired == 1; }));
  EXPECT_LT(client.receive_all().size(), 32 * kMegabyte);
}

TEST_F(Clients, UnreadResponsesAreBoundedTogether) {
  ServerOptions options;
  options.limits.unsent_bytes = 24 * kMegabyte;  // the sockets themselves hold up to ten of each
  host_.state()->families = large_families(24 * kMegabyte);
  start(options);
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(port());
    clients.back().send("GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const auto requests = static_cast<std::uint64_t>(i + 1);
    ASSERT_TRUE(comes_true([&] { return server_->counts().requests == requests; }));
    EXPECT_THAT(clients.back().receive(), StartsWith("HTTP/1.1 200 OK")) << i;
  }
  EXPECT_TRUE(comes_true([this] { return server_->counts().displaced >= 2; }));
  EXPECT_LT(clients.front().receive_all().size(), 23 * kMegabyte) << "the oldest went";
  EXPECT_GT(clients.back().receive_all().size(), 23 * kMegabyte) << "the newest is served";
}

TEST_F(Clients, TooManyRequestsAtOnceAreToldSo) {
  ServerOptions options;
  options.limits.workers = 1;
  options.limits.queued_requests = 1;
  hold_host();
  start(options);
  const Client running(port());
  running.send("GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(comes_true([this] { return waiting_ == 1; }));
  const Client queued(port());
  queued.send("GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(comes_true([this] { return server_->counts().requests == 2; }));
  const Answer refused = get(port(), "/metrics");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(get(port(), "/healthz").status, 200) << "health does not wait for the monitor";
  release_host();
  EXPECT_THAT(running.receive_all(), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(queued.receive_all(), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(Clients, OneThatLeavesEarlyHarmsNobody) {
  hold_host();
  start();
  {
    const Client client(port());
    client.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(comes_true([this] { return waiting_ == 1; }));
    const linger at_once{1, 0};
    ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  release_host();
  EXPECT_EQ(get(port(), "/metrics").status, 200);
}

TEST_F(Clients, StopLetsARunningRequestEnd) {
  hold_host();
  start();
  const Client idle(port());
  const Client running(port());
  running.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(comes_true([this] { return waiting_ == 1; }));
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_TRUE(idle.ends_within(10'000));
  release_host();
  EXPECT_THAT(running.receive_all(), HasSubstr("Connection: close\r\n"));
  ASSERT_EQ(stopped.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_FALSE(Client(port()).connected());
  server_->stop();
}

TEST_F(Clients, StopWaitsForTheHostAndNoLongerForTheClient) {
  hold_host();
  start();
  const Client running(port());
  running.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(comes_true([this] { return waiting_ == 1; }));
  auto stopped = std::async(std::launch::async, [this] { server_.reset(); });
  EXPECT_TRUE(running.ends_within(10'000)) << "after its second";
  EXPECT_EQ(stopped.wait_for(milliseconds(0)), std::future_status::timeout) << "the host is still being asked";
  release_host();
  EXPECT_EQ(stopped.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

}  // namespace
}  // namespace pmon::http::test
