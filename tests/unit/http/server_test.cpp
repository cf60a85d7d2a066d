// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <netdb.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/listener.h"
#include "support.h"

namespace pmon::http::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kWantsOpenMetrics =
    "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5\r\n";

std::vector<exposition::Family> some_families() {
  return {{"pmon_a_seconds_total", "A", MetricKind::kCounter, {{{{"pid", "1"}}, 2.5}}},
          {"pmon_b_bytes", "B", MetricKind::kGauge, {{{}, 7}}}};
}

using HttpServer = ServerTest;

TEST_F(HttpServer, ServesMetricsInBothFormats) {
  host_.state()->families = some_families();
  start();
  const Answer text = get(port(), "/metrics");
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(text.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(text.header("vary"), "Accept, Accept-Encoding");
  EXPECT_EQ(text.body, exposition::text(some_families()));
  const Answer open = get(port(), "/metrics", kWantsOpenMetrics);
  EXPECT_EQ(open.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(open.body, exposition::openmetrics(some_families()));
}

TEST_F(HttpServer, CompressesForThoseWhoTakeIt) {
  host_.state()->families = some_families();
  for (int pid = 0; pid < 5000; ++pid) {
    host_.state()->families[0].samples.push_back({{{"pid", std::to_string(pid + 2)}}, static_cast<double>(pid)});
  }
  start();
  const Answer answer = get(port(), "/metrics", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(answer.header("content-encoding"), "gzip");
  EXPECT_EQ(answer.header("content-length"), std::to_string(answer.body.size()));
  EXPECT_EQ(gunzipped(answer.body), exposition::text(host_.state()->families));
  EXPECT_EQ(get(port(), "/metrics", "Accept-Encoding: gzip;q=0\r\n").header("content-encoding"), "");
  EXPECT_EQ(get(port(), "/api/v1/metadata", "Accept-Encoding: gzip\r\n").header("content-encoding"), "")
      << "too small to be worth it";
}

TEST_F(HttpServer, HasNoMetricsWhereTheyAreOff) {
  start({.metrics = false});
  EXPECT_EQ(get(port(), "/metrics").status, 404);
}

TEST_F(HttpServer, SaysWhyThereAreNoMetrics) {
  host_.state()->failure = Error{ErrorKind::kFailed, "the monitor did not answer within 5s", ""};
  start();
  const Answer answer = get(port(), "/metrics");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "the monitor did not answer within 5s\n");
}

TEST_F(HttpServer, TellsItsHealth) {
  {
    auto state = host_.state();
    Health& health = state->health;
    health.sinks.push_back({.name = "influx", .length = 3, .pushed = 10, .sent = 5, .dropped = {{"overflow", 2}}});
    health.sinks[0].last_success = 1'699'999'990'000;
    health.sinks[0].failing_since = 1'699'999'995'000;
    health.sinks[0].last_error = "connection refused";
  }
  start();
  const Answer answer = get(port(), "/healthz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.body,
            R"({"alive":true,"status":"ok","ready":true,"version":"1.2.3","time":1700000000500,)"
            R"("started_at":1699999000000,"interval_seconds":5.0,"collector":"ebpf","level":"full",)"
            R"("last_collection":1699999999000,"age_seconds":1.5,"sinks":[{"name":"influx","healthy":false,)"
            R"("queue_length":3,"sent":5,"dropped":{"overflow":2},"retries":0,"circuit_open":false,)"
            R"("last_success":1699999990000,"failing_since":1699999995000,"last_error":"connection refused"}]})"
            "\n");
}

TEST_F(HttpServer, IsUnhealthyWhenStale) {
  host_.state()->health.stale = true;
  host_.state()->health.ready = false;
  host_.state()->health.last_collection.reset();
  host_.state()->health.age_seconds.reset();
  start();
  const Answer answer = get(port(), "/healthz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, StartsWith(R"({"alive":true,"status":"stale","ready":false,)"));
  EXPECT_THAT(answer.body, Not(HasSubstr("last_collection"))) << "missing is missing";
  EXPECT_EQ(get(port(), "/readyz").status, 503);
  host_.state()->health.ready = true;
  EXPECT_EQ(get(port(), "/readyz").status, 200);
}

TEST_F(HttpServer, AnswersHeadWithoutTheBody) {
  start();
  const Answer whole = get(port(), "/healthz");
  const Answer head = ask(port(), "HEAD", "/healthz");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(whole.body.size()));
  EXPECT_EQ(head.body, "");
}

TEST_F(HttpServer, HasAnIndex) {
  host_.state()->health.collector = "<script>";
  start();
  const Answer answer = get(port(), "/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("href=\"metrics\""));
  EXPECT_THAT(answer.body, HasSubstr("&lt;script&gt;"));
}

TEST_F(HttpServer, SaysWhatIsNotThere) {
  start();
  EXPECT_EQ(get(port(), "/nothing").status, 404);
  EXPECT_EQ(get(port(), "/metrics/").status, 404);
  EXPECT_EQ(get(port(), "/api/v1/label//values").status, 404);
  const Answer api = get(port(), "/api/v1/nothing");
  EXPECT_EQ(api.status, 404);
  EXPECT_THAT(api.body, StartsWith(R"({"status":"error","errorType":"not_found","error":)"));
  const Answer method = ask(port(), "DELETE", "/metrics");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.header("allow"), "GET, HEAD");
  EXPECT_EQ(ask(port(), "PUT", "/api/v1/query").header("allow"), "GET, HEAD, POST");
  EXPECT_EQ(ask(port(), "GET", "/-/reload").header("allow"), "POST");
}

TEST_F(HttpServer, ReloadsOnlyWhereThatIsOn) {
  start();
  const Answer off = ask(port(), "POST", "/-/reload");
  EXPECT_EQ(off.status, 403);
  EXPECT_THAT(off.body, HasSubstr("http.enable_reload: true"));
  EXPECT_EQ(host_.state()->reloads, 0);
  start({.enable_reload = true});
  EXPECT_EQ(ask(port(), "POST", "/-/reload").status, 200);
  EXPECT_EQ(host_.state()->reloads, 1);
  host_.state()->failure = Error{ErrorKind::kUsage, "pmon.yaml:3:1: unknown key 'colect'", ""};
  const Answer broken = ask(port(), "POST", "/-/reload");
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.body, "not reloaded: pmon.yaml:3:1: unknown key 'colect'\n");
}

TEST_F(HttpServer, KeepsAConnectionForSeveralRequests) {
  ServerOptions options;
  options.limits.connection.requests = 3;
  start(options);
  const Client client(port());
  const std::string request = "GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(request);
  EXPECT_THAT(client.receive(), HasSubstr("Connection: keep-alive\r\n\r\nready\n"));
  client.send(request + request + request);  // the last one is beyond the bound
  std::string rest = client.receive_all();
  EXPECT_THAT(rest, HasSubstr("Connection: close\r\n\r\nready\n"));
  std::size_t answers = 0;
  for (std::size_t at = rest.find("HTTP/1.1 200"); at != std::string::npos; at = rest.find("HTTP/1.1 200", at + 1)) {
    ++answers;
  }
  EXPECT_EQ(answers, 2U);
}

TEST_F(HttpServer, LetsAClientSendItsBody) {
  start();
  const Client client(port());
  client.send(
      "POST /api/v1/query HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 8\r\n"
      "Content-Type: application/x-www-form-urlencoded\r\n\r\n");
  EXPECT_EQ(client.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("query=up");
  EXPECT_EQ(parse_answer(client.receive_all()).status, 200);
  EXPECT_EQ(host_.state()->asked_query, "up");
}

TEST_F(HttpServer, TellsWhoHasThePort) {
  start();
  const std::string address = "127.0.0.1:" + std::to_string(port());
  const auto second = Server::start({.listen = {address}}, host_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::kFailed) << "a service tries again";
  EXPECT_EQ(second.error().message, "listen at " + address + ": Address already in use");
  EXPECT_THAT(second.error().remedy, HasSubstr("ss -ltnp sport = :" + std::to_string(port())));
}

TEST(Listen, RefusesWhatIsNoAddress) {
  for (const std::string_view address :
       {"", "9777", "localhost", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "::1:9777", "[]:1"}) {
    const auto sockets = listen_at(address);
    ASSERT_FALSE(sockets.has_value()) << address;
    EXPECT_EQ(sockets.error().kind, ErrorKind::kUsage) << address;
    EXPECT_FALSE(sockets.error().remedy.empty()) << address;
  }
}

TEST(Listen, WhatMayPassIsNoMistake) {
  const auto elsewhere = listen_at("192.0.2.1:0");
  ASSERT_FALSE(elsewhere.has_value()) << "it is for documentation alone";
  EXPECT_EQ(elsewhere.error().kind, ErrorKind::kFailed) << "this host may get it yet";
  EXPECT_THAT(elsewhere.error().text(), HasSubstr("Cannot assign requested address"));
  EXPECT_THAT(elsewhere.error().remedy, HasSubstr("an address of this host"));
  // Whether nobody has the name or nobody can be asked depends on where this runs.
  addrinfo* ignored = nullptr;
  const int resolved = getaddrinfo("no-such-host.invalid", nullptr, nullptr, &ignored);
  const auto nowhere = listen_at("no-such-host.invalid:1");
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().kind, resolved == EAI_AGAIN ? ErrorKind::kFailed : ErrorKind::kUsage);
  EXPECT_FALSE(nowhere.error().remedy.empty());
}

TEST(Listen, TakesAllAddresses) {
  const auto sockets = listen_at(":0");
  ASSERT_TRUE(sockets.has_value()) << sockets.error().text();
  ASSERT_EQ(sockets->size(), 1U);
  EXPECT_TRUE(Client(port_of(sockets->front())).connected());
}

}  // namespace
}  // namespace pmon::http::test
