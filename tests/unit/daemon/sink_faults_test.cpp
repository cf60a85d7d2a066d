// SPDX-License-Identifier: Apache-2.0
// Every sink that speaks HTTP, as the configuration makes it, before servers that fail in every way: what was lost is
// what was counted as lost, and what was counted as sent is what a server has, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../delivery/tls_server.h"
#include "every_sink.h"

namespace pmon::daemon {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this file is about it
using delivery::QueueStatus;
using testing::HasSubstr;
using Dropped = std::map<std::string, std::uint64_t>;
using Fault = FakeHttpServer::Fault;

constexpr std::uint64_t kTicks = 3;

struct FaultCase {
  const char* name;
  Answer answer;
  bool away = false;   // nobody listens
  bool final = false;  // what was answered so is given up

  [[nodiscard]] bool hangs() const { return answer.fault == Fault::kHang; }
};

void PrintTo(const FaultCase& fault, std::ostream* out) { *out << fault.name; }

class SinkFault : public testing::TestWithParam<FaultCase> {
 protected:
  void begin() {
    servers_.fail_with(GetParam().answer);
    if (GetParam().away) servers_.server().go_away();
  }
  void end() {
    servers_.answer_well();
    if (GetParam().hangs()) servers_.server().go_away();
    if (GetParam().hangs() || GetParam().away) servers_.server().come_back();
  }
  // Until each sink has met the fault.
  [[nodiscard]] bool is_met_by(const EverySink& sinks) const {
    if (!GetParam().hangs())
      return sinks.wait_for_all([](const QueueStatus& s) { return s.failing_since.has_value(); });
    return sinks.wait_for_all([this](const QueueStatus&) { return servers_.all_have_asked(); });
  }
  // What holds when nothing is under way: all that was offered is sent, lost and told of, or still there.
  void expect_accounted(const std::vector<QueueStatus>& statuses, std::uint64_t offered) const {
    ASSERT_EQ(statuses.size(), std::size(kHttpSinks));
    for (const QueueStatus& status : statuses) {
      SCOPED_TRACE(status.name);
      EXPECT_EQ(status.pushed, offered);
      EXPECT_EQ(status.sent + dropped(status) + status.length, offered);
      EXPECT_EQ(servers_.taken(status.name).size(), status.sent);
      EXPECT_EQ(different(servers_.taken(status.name)), status.sent) << "each once";
    }
  }
  Servers servers_;
};

TEST_P(SinkFault, PassesWithNothingLost) {
  begin();
  EverySink sinks(yaml_of_every_sink(servers_.base(), ""));
  for (std::uint64_t i = 0; i < kTicks; ++i) sinks.tick();
  ASSERT_TRUE(is_met_by(sinks));
  end();
  sinks.stop(seconds(5));
  expect_accounted(sinks.statuses(), kTicks);
  for (const QueueStatus& status : sinks.statuses()) {
    SCOPED_TRACE(status.name);
    EXPECT_EQ(status.length, 0U);
    EXPECT_THAT(status.last_error, HasSubstr("127.0.0.1:" + std::to_string(servers_.server().port())));
    if (!GetParam().final) {
      EXPECT_EQ(status.dropped, Dropped());
    } else {
      EXPECT_EQ(status.dropped, (Dropped{{"rejected", dropped(status)}}));
      EXPECT_GE(dropped(status), 1U);
    }
  }
}

TEST_P(SinkFault, LastsToTheEndAndIsCounted) {
  begin();
  EverySink sinks(yaml_of_every_sink(servers_.base(), ""));
  for (std::uint64_t i = 0; i < kTicks; ++i) sinks.tick();
  ASSERT_TRUE(is_met_by(sinks));
  const auto stopped_at = delivery::Clock::now();
  sinks.stop(milliseconds(150));
  EXPECT_LT(delivery::Clock::now() - stopped_at, seconds(3));
  ASSERT_TRUE(sinks.wait_for_all([](const QueueStatus& s) { return s.length == 0; })) << "what was under way has ended";
  expect_accounted(sinks.statuses(), kTicks);
  for (const QueueStatus& status : sinks.statuses()) {
    EXPECT_EQ(dropped(status), kTicks) << status.name;
    if (GetParam().final) continue;
    EXPECT_EQ(status.dropped, (Dropped{{"shutdown", kTicks}})) << status.name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, SinkFault,
    testing::Values(FaultCase{"refused", {}, true}, FaultCase{"hang", {.fault = Fault::kHang}},
                    FaultCase{"close", {.fault = Fault::kClose}}, FaultCase{"reset", {.fault = Fault::kReset}},
                    FaultCase{"half_closed", {.fault = Fault::kHalfClose}}, FaultCase{"status500", {.status = 500}},
                    FaultCase{"status429", {.status = 429, .headers = {{"Retry-After", "30"}}}},
                    FaultCase{"status400", {.status = 400, .body = "no"}, false, true},
                    FaultCase{"garbage", {.fault = Fault::kGarbage}}, FaultCase{"cut_head", {.fault = Fault::kCutHead}},
                    FaultCase{"cut_body", {.body = "0123456789", .fault = Fault::kCutBody}}),
    [](const auto& fault) { return fault.param.name; });

// With spools, over a start: what no server took is there at the next one.
class SinkSpool : public SinkFault {};

TEST_P(SinkSpool, KeepsEverythingOverAStart) {
  const pmon::test::TempFolder folder;
  const std::string yaml = yaml_of_every_sink(servers_.base(), folder.path(), ", spool: true");
  begin();
  {
    EverySink sinks(yaml);
    for (std::uint64_t i = 0; i < kTicks; ++i) sinks.tick();
    ASSERT_TRUE(is_met_by(sinks));
    sinks.stop(milliseconds(500));
    ASSERT_TRUE(sinks.wait_for_all([](const QueueStatus& s) { return s.length == kTicks; }));
    expect_accounted(sinks.statuses(), kTicks);
  }
  end();
  EverySink sinks(yaml);
  ASSERT_TRUE(sinks.wait_for_all([](const QueueStatus& s) { return s.sent == kTicks; }));
  expect_accounted(sinks.statuses(), kTicks);
}

INSTANTIATE_TEST_SUITE_P(Each, SinkSpool,
                         testing::Values(FaultCase{"refused", {}, true}, FaultCase{"hang", {.fault = Fault::kHang}},
                                         FaultCase{"status500", {.status = 500}},
                                         FaultCase{"garbage", {.fault = Fault::kGarbage}}),
                         [](const auto& fault) { return fault.param.name; });

// Nothing of what is offered leaves, and each sink says why.
void expect_all_lost(const std::string& base, const std::string& why) {
  EverySink sinks(yaml_of_every_sink(base, ""));
  for (std::uint64_t i = 0; i < kTicks; ++i) sinks.tick();
  ASSERT_TRUE(sinks.wait_for_all([](const QueueStatus& s) { return s.failing_since.has_value(); }));
  for (const QueueStatus& status : sinks.statuses()) EXPECT_THAT(status.last_error, HasSubstr(why)) << status.name;
  sinks.stop(milliseconds(150));
  ASSERT_TRUE(sinks.wait_for_all([](const QueueStatus& s) { return s.length == 0; }));
  for (const QueueStatus& status : sinks.statuses()) {
    SCOPED_TRACE(status.name);
    EXPECT_EQ(status.pushed, kTicks);
    EXPECT_EQ(status.sent, 0U);
    EXPECT_EQ(status.dropped, (Dropped{{"shutdown", kTicks}})) << "neither is final";
  }
}

TEST(SinkFaults, ACertificateThatNobodyTrusts) {
  const fixtures::FileTree folder{{"certificates/", ""}};
  delivery::test::make_certificate(folder, "localhost");
  const delivery::test::TlsServer server(folder, "localhost");
  const std::string url = server.url();
  expect_all_lost(url.substr(0, url.size() - 1), "certificate");
}

TEST(SinkFaults, NoSuchHost) { expect_all_lost("http://name.invalid", "name.invalid"); }

TEST(SinkFaults, AwayForLongerThanTheQueuesHoldLosesTheOldestAndCountsThem) {
  constexpr std::uint64_t kOffered = 12;  // the robots make twenty attempts a minute
  constexpr std::uint64_t kHeld = 5;
  Servers servers;
  servers.server().go_away();
  EverySink sinks(yaml_of_every_sink(servers.base(), "", ", queue: " + std::to_string(kHeld)));
  for (std::uint64_t i = 0; i < kOffered; ++i) sinks.tick();
  servers.server().come_back();
  sinks.stop(seconds(5));
  const auto statuses = sinks.statuses();
  ASSERT_EQ(statuses.size(), std::size(kHttpSinks));
  for (const QueueStatus& status : statuses) {
    SCOPED_TRACE(status.name);
    EXPECT_EQ(status.pushed, kOffered);
    EXPECT_EQ(status.sent + dropped(status), kOffered);
    EXPECT_EQ(servers.taken(status.name).size(), status.sent);
    EXPECT_EQ(different(servers.taken(status.name)), status.sent);
    const bool exporter = status.name.find('/') == std::string::npos;
    EXPECT_EQ(status.dropped.contains("overflow"), exporter) << "a notifier holds a thousand";
    EXPECT_GE(status.sent, exporter ? kHeld : kOffered) << "what fits is kept";
  }
}

std::size_t count(const std::vector<std::string>& bodies, std::string_view what) {
  std::size_t found = 0;
  for (const std::string& body : bodies) {
    for (std::size_t at = 0; (at = body.find(what, at)) != std::string::npos; at += what.size()) ++found;
  }
  return found;
}

TEST(SinkFaults, AThousandAlertsInOneTickReachEverySink) {
  Servers servers;
  EverySink sinks(yaml_of_every_sink(servers.base(), ""));
  sinks.tick(1000);
  sinks.stop(seconds(5));
  for (const QueueStatus& status : sinks.statuses()) {
    SCOPED_TRACE(status.name);
    EXPECT_EQ(status.dropped, Dropped());
    EXPECT_EQ(status.length, 0U);
    EXPECT_EQ(status.sent, status.pushed);
    EXPECT_GE(status.sent, 1U);
  }
  EXPECT_EQ(count(servers.taken("loki"), "leaks memory"), 1000U);
  EXPECT_EQ(count(servers.taken("team/alertmanager"), "leaks memory"), 1000U);
  EXPECT_EQ(count(servers.taken("team/loki"), "leaks memory"), 1000U);
  EXPECT_EQ(count(servers.taken("team/webhook"), "leaks memory"), 1000U);
  // What a channel's limit has no room for is told by its number, in one message.
  for (const char* const chat : {"team/dingtalk", "team/slack", "team/wecom"}) {
    ASSERT_EQ(servers.taken(chat).size(), 1U) << chat;
    EXPECT_THAT(servers.taken(chat)[0], HasSubstr("1000")) << chat;
  }
}

}  // namespace
}  // namespace pmon::daemon
