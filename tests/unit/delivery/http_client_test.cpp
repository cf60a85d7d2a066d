// SPDX-License-Identifier: Apache-2.0
#include "delivery/http_client.h"

#include <sys/time.h>

#include <chrono>
#include <ctime>

#include <gmock/gmock.h>

#include "../../fixtures/fake_http_server.h"
#include "../../support/gunzip.h"

namespace pmon::delivery {
namespace {

using fixtures::FakeHttpServer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Fault = FakeHttpServer::Fault;

HttpRequest post(const std::string& url, std::string_view body = "hello") {
  return {.url = config::Secret(url), .name = shown_url(url), .content_type = "text/plain", .body = body};
}

Deadline soon() { return Clock::now() + seconds(10); }

TEST(HttpClient, SendsWhatItIsGiven) {
  FakeHttpServer server;
  server.answer_with({.status = 200, .body = "fine"});
  HttpClient client;
  HttpRequest request = post(server.url("/write?db=x"));
  request.headers = {{"X-Scope-OrgID", "team"}, {"X-Empty", ""}};
  const auto response = client.send(request, soon());
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "fine");
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/write?db=x");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.header("content-type"), "text/plain");
  EXPECT_EQ(seen.header("x-scope-orgid"), "team");
  EXPECT_EQ(seen.header("x-empty"), "");
  EXPECT_EQ(seen.header("expect"), std::nullopt);
  EXPECT_EQ(seen.header("host"), "127.0.0.1:" + std::to_string(server.port()));
}

TEST(HttpClient, KeepsItsConnection) {
  FakeHttpServer server;
  HttpClient client;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.send(post(server.url()), soon()));
  HttpClient moved = std::move(client);
  ASSERT_TRUE(moved.send(post(server.url()), soon()));
  for (const auto& request : server.requests()) EXPECT_EQ(request.connection, 1);
}

TEST(HttpClient, ComesBackAfterTheServerClosedTheKeptConnection) {
  FakeHttpServer server;
  HttpClient client;
  ASSERT_TRUE(client.send(post(server.url()), soon()));
  server.go_away();
  server.come_back();
  const auto response = client.send(post(server.url()), soon());
  EXPECT_TRUE(response) << response.error().text();
}

TEST(HttpClient, OtherMethods) {
  FakeHttpServer server;
  HttpClient client;
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
    HttpRequest request = post(server.url());
    request.method = method;
    const auto response = client.send(request, soon());
    ASSERT_TRUE(response) << response.error().text();
  }
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0].method, "GET");
  EXPECT_EQ(seen[0].body, "");
  EXPECT_EQ(seen[1].method, "HEAD");
  EXPECT_EQ(seen[2].method, "PUT");
  EXPECT_EQ(seen[2].body, "hello");
  EXPECT_EQ(seen[3].method, "DELETE");
}

TEST(HttpClient, CompressesTheBody) {
  FakeHttpServer server;
  HttpClient client;
  const std::string body(100000, 'a');
  HttpRequest request = post(server.url(), body);
  request.gzip = true;
  ASSERT_TRUE(client.send(request, soon()));
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.header("content-encoding"), "gzip");
  EXPECT_LT(seen.body.size(), 1000U);
  EXPECT_EQ(test::gunzipped(seen.body), body);
}

TEST(HttpClient, EmptyBodyAndBytesOfAllKinds) {
  FakeHttpServer server;
  HttpClient client;
  ASSERT_TRUE(client.send(post(server.url(), ""), soon()));
  const std::string bytes("a\0b\r\n\r\n\xff", 8);
  ASSERT_TRUE(client.send(post(server.url(), bytes), soon()));
  EXPECT_EQ(server.requests().at(0).body, "");
  EXPECT_EQ(server.requests().at(1).body, bytes);
}

TEST(HttpClient, SaysWhoItIs) {
  FakeHttpServer server;
  HttpClient basic({.user = "me", .password = config::Secret("pass:word")});
  ASSERT_TRUE(basic.send(post(server.url()), soon()));
  EXPECT_EQ(server.requests().at(0).header("authorization"), "Basic bWU6cGFzczp3b3Jk");
  HttpClient bearer({.authorization = config::Secret("token")});
  ASSERT_TRUE(bearer.send(post(server.url()), soon()));
  EXPECT_EQ(server.requests().at(1).header("authorization"), "Bearer token");
  HttpClient by_address;
  const std::string address = "http://u%40x:p@127.0.0.1:" + std::to_string(server.port()) + "/";
  ASSERT_TRUE(by_address.send(post(address), soon()));
  EXPECT_EQ(server.requests().at(2).header("authorization"), "Basic dUB4OnA=");
  EXPECT_THAT(*server.requests().at(2).header("user-agent"), StartsWith("pmon/"));
}

TEST(HttpClient, TellsRetryAfterInSecondsAndAsDate) {
  FakeHttpServer server;
  HttpClient client;
  server.answer_with({.status = 429, .headers = {{"Retry-After", "17"}}});
  EXPECT_EQ(client.send(post(server.url()), soon())->retry_after, seconds(17));
  const std::time_t then = std::time(nullptr) + 60;
  char date[64];
  std::tm parts{};
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &parts));
  server.answer_with({.status = 503, .headers = {{"Retry-After", date}}});
  const auto after = client.send(post(server.url()), soon())->retry_after;
  ASSERT_TRUE(after);
  EXPECT_GE(*after, seconds(50));
  EXPECT_LE(*after, seconds(60));
  for (const char* nothing : {"soon", "0", "Mon, 01 Jan 2001 00:00:00 GMT"}) {
    server.answer_with({.status = 503, .headers = {{"Retry-After", nothing}}});
    EXPECT_EQ(client.send(post(server.url()), soon())->retry_after, std::nullopt) << nothing;
  }
}

TEST(HttpClient, BoundsWhatItReads) {
  FakeHttpServer server;
  HttpClient client;
  server.answer_with({.status = 200, .body = std::string(300000, 'y')});
  EXPECT_EQ(client.send(post(server.url()), soon())->body.size(), 65536U);
  server.answer_with({.status = 200, .fault = Fault::kEndless});
  const auto endless = client.send(post(server.url()), soon());
  ASSERT_TRUE(endless) << endless.error().text();
  EXPECT_EQ(endless->status, 200);
  EXPECT_EQ(endless->body.size(), 65536U);
}

struct ClientFault {
  Fault fault;
  const char* said;
};

class HttpFault : public testing::TestWithParam<ClientFault> {};

TEST_P(HttpFault, IsAnErrorThatALaterAttemptMayMend) {
  FakeHttpServer server;
  server.answer_with({.body = "0123456789", .fault = GetParam().fault});
  HttpClient client;
  const std::string url = server.url("/x?token=sesame");
  const HttpRequest request = post(url);
  const auto begin = Clock::now();
  const auto response = client.send(request, begin + milliseconds(1500));
  EXPECT_LT(Clock::now() - begin, seconds(4));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kFailed);
  EXPECT_THAT(response.error().text(), AllOf(StartsWith("POST " + server.url("/x") + ": "), HasSubstr(GetParam().said),
                                             Not(HasSubstr("sesame"))));
  EXPECT_EQ(outcome_of(request, response).kind, Outcome::Kind::kRetry);
  server.answer_with({});
  EXPECT_TRUE(client.send(request, soon())) << "the client is good for the next request";
}

INSTANTIATE_TEST_SUITE_P(All, HttpFault,
                         testing::Values(ClientFault{Fault::kHang, "timed out"},
                                         ClientFault{Fault::kClose, "Empty reply"}, ClientFault{Fault::kReset, "reset"},
                                         ClientFault{Fault::kHalfClose, "Empty reply"},
                                         ClientFault{Fault::kGarbage, "HTTP/0.9"},
                                         ClientFault{Fault::kCutBody, "bytes remaining"},
                                         ClientFault{Fault::kCutHead, ""}));

TEST(HttpClient, NobodyThere) {
  FakeHttpServer server;
  server.go_away();
  HttpClient client;
  const auto response = client.send(post(server.url()), soon());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kFailed);
  EXPECT_THAT(response.error().text(), HasSubstr("onnect"));
}

TEST(HttpClient, NoSuchHost) {
  HttpClient client;
  const auto begin = Clock::now();
  const auto response = client.send(post("http://name.invalid/x"), begin + seconds(2));
  EXPECT_LT(Clock::now() - begin, seconds(4));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kFailed);
  EXPECT_THAT(response.error().text(), StartsWith("POST http://name.invalid/x: "));
}

TEST(HttpClient, MistakesThatNoAttemptMends) {
  HttpClient client;
  for (const char* url : {"", "nonsense", "ftp://host/", "file:///etc/passwd", "http://", "http://host:99999/"}) {
    const auto response = client.send(post(url), soon());
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().kind, ErrorKind::kUsage) << url;
    EXPECT_EQ(outcome_of(post(url), response).kind, Outcome::Kind::kRejected);
  }
  FakeHttpServer server;
  HttpRequest split = post(server.url());
  split.headers = {{"X-A", "b\r\nX-C: d"}};
  EXPECT_EQ(client.send(split, soon()).error().kind, ErrorKind::kUsage);
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, TimeThatIsOver) {
  FakeHttpServer server;
  HttpClient client;
  const auto response = client.send(post(server.url()), Clock::now() - seconds(1));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kFailed);
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, TheEnvironmentsProxyIsNotAsked) {
  FakeHttpServer server;
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("all_proxy", "http://127.0.0.1:1", 1);
  HttpClient client;
  const auto response = client.send(post(server.url()), soon());
  unsetenv("http_proxy");
  unsetenv("all_proxy");
  EXPECT_TRUE(response) << response.error().text();
}

TEST(HttpClient, FollowsARedirectWithTheBodyAndWhatIsSecretOnTheSameServer) {
  FakeHttpServer server;
  server.handle_with([](const FakeHttpServer::Request& request) {
    if (request.target == "/new?x=1") return FakeHttpServer::Answer{.status = 204};
    return FakeHttpServer::Answer{.status = 302, .headers = {{"Location", "/new?x=1"}}};
  });
  HttpClient client({.authorization = config::Secret("token")});
  EXPECT_EQ(client.send(post(server.url("/old")), soon())->status, 204);
  const auto second = server.requests().at(1);
  EXPECT_EQ(second.method, "POST");
  EXPECT_EQ(second.body, "hello");
  EXPECT_EQ(second.header("authorization"), "Bearer token");
}

TEST(HttpClient, TellsAnotherServerNoSecret) {
  FakeHttpServer other;
  FakeHttpServer server;
  server.answer_with({.status = 307, .headers = {{"Location", other.url("/there")}}});
  HttpClient client({.user = "me", .password = config::Secret("sesame")});
  HttpRequest request = post(server.url("/here"));
  request.headers = {{"X-Api-Key", "sesame"}};
  ASSERT_TRUE(client.send(request, soon()));
  const auto seen = other.requests().at(0);
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.header("content-type"), "text/plain");
  for (const auto& [name, value] : seen.headers) EXPECT_THAT(value, Not(HasSubstr("sesame"))) << name;
  EXPECT_EQ(seen.header("authorization"), std::nullopt);
}

TEST(HttpClient, RedirectsThatGoNowhere) {
  FakeHttpServer server;
  HttpClient client;
  server.answer_with({.status = 301, .headers = {{"Location", "/again"}}});
  EXPECT_THAT(client.send(post(server.url()), soon()).error().text(), HasSubstr("more than 5 redirects"));
  server.answer_with({.status = 301, .headers = {{"Location", "file:///etc/passwd"}}});
  EXPECT_THAT(client.send(post(server.url()), soon()).error().text(), HasSubstr("no http address"));
  HttpClient stays({.follow_redirects = false});
  const auto response = stays.send(post(server.url()), soon());
  EXPECT_EQ(response->status, 301);
  EXPECT_EQ(outcome_of(post(server.url()), response).kind, Outcome::Kind::kRejected);
}

TEST(ShownUrl, HidesUserAndQuery) {
  EXPECT_EQ(shown_url("http://user:password@host:8086/write?token=x#y"), "http://host:8086/write");
  EXPECT_EQ(shown_url("https://[::1]:443/a"), "https://[::1]/a");
  EXPECT_EQ(shown_url("secret-token"), "(not an http address)");
}

TEST(OutcomeOf, ByStatus) {
  using Kind = Outcome::Kind;
  const HttpRequest request = post("http://host/x");
  const auto kind = [&](long status) { return outcome_of(request, HttpResponse{.status = status}).kind; };
  for (const long status : {200, 202, 204}) EXPECT_EQ(kind(status), Kind::kDelivered) << status;
  for (const long status : {408, 429, 500, 502, 503, 599}) EXPECT_EQ(kind(status), Kind::kRetry) << status;
  for (const long status : {301, 400, 401, 404, 413, 422}) EXPECT_EQ(kind(status), Kind::kRejected) << status;
  const HttpResponse busy{.status = 429, .body = "slow\r\n down", .retry_after = seconds(3)};
  const Outcome outcome = outcome_of(request, busy);
  EXPECT_EQ(outcome.what, "POST http://host/x: 429 Too Many Requests: slow down");
  EXPECT_EQ(outcome.retry_after, seconds(3));
}

TEST(OutcomeOf, RepeatsNoSecretThatTheServerRepeats) {
  HttpRequest request = post("http://me:password@host/hook?token=sesame");
  request.headers = {{"Authorization", "Token open-says-me"}};
  const std::string said = "bad token sesame of me:password, 'open-says-me', http://me:password@host/hook?token=sesame";
  const Outcome outcome = outcome_of(request, HttpResponse{.status = 403, .body = said});
  EXPECT_THAT(outcome.what, AllOf(StartsWith("POST http://host/hook: 403 Forbidden: bad token ***"),
                                  Not(HasSubstr("sesame")), Not(HasSubstr("password")), Not(HasSubstr("open-says"))));
}

TEST(OutcomeOf, RepeatsNoSecretOfAPath) {
  HttpRequest request = post("https://hooks.example/services/B0/averysecretword");
  request.name = "https://hooks.example/…";
  EXPECT_EQ(without_secrets(request, "no hook /services/B0/averysecretword, averysecretword"), "no hook ***, ***");
}

TEST(OutcomeOf, CutsLongAnswersAtAWholeCharacter) {
  std::string long_text;
  for (int i = 0; i < 200; ++i) long_text += "ä";
  const Outcome outcome = outcome_of(post("http://host/x"), HttpResponse{.status = 400, .body = "x" + long_text});
  EXPECT_TRUE(outcome.what.ends_with("ä…")) << outcome.what;
  EXPECT_LT(outcome.what.size(), 260U);
}

}  // namespace
}  // namespace pmon::delivery
