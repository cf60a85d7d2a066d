// SPDX-License-Identifier: Apache-2.0
#include "http/request_parser.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon::http {
namespace {

using namespace std::string_view_literals;

using Progress = RequestParser::Progress;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr RequestLimits kLimits{.target_bytes = 100, .head_bytes = 300, .body_bytes = 50};

// The status with which a text is refused; 0 where it is not.
int refusal_of(std::string_view text) {
  RequestParser parser(kLimits);
  parser.append(text);
  return parser.parse() == Progress::kRefused ? parser.refusal().status : 0;
}

TEST(RequestParser, ReadsARequestWithItsParameters) {
  RequestParser parser(kLimits);
  parser.append(
      "GET /a%20b?x=1+2&match%5B%5D=%7Ba%3D%22b%22%7D&&empty HTTP/1.1\r\nHOST: h\r\nAccept: a \r\naccept:b\r\n\r\n");
  ASSERT_EQ(parser.parse(), Progress::kComplete);
  const Request request = parser.take();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_THAT(request.parameters, ElementsAre(Pair("x", "1 2"), Pair("match[]", "{a=\"b\"}"), Pair("empty", "")));
  EXPECT_EQ(request.header("accept"), "a, b");
  EXPECT_TRUE(request.keep_alive);
  EXPECT_FALSE(parser.started());
}

TEST(RequestParser, IsTheSameByteByByte) {
  const std::string_view text =
      "\r\nPOST /q?a=1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
      "Content-Length: 5\r\n\r\nb=%41GET / HTTP/1.1\r\n";
  RequestParser parser(kLimits);
  std::size_t used = 0;
  Progress progress = Progress::kIncomplete;
  while (progress == Progress::kIncomplete && used < text.size()) {
    parser.append(text.substr(used++, 1));
    progress = parser.parse();
  }
  ASSERT_EQ(progress, Progress::kComplete);
  EXPECT_TRUE(text.substr(used).starts_with("GET /")) << "no byte more than the body was needed";
  EXPECT_THAT(parser.take().parameters, ElementsAre(Pair("a", "1"), Pair("b", "A")));
}

// At the limits, too.
TEST(RequestParser, IsTheSameByteByByteWhateverTheLength) {
  const std::string_view begin = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  for (std::size_t size = kLimits.head_bytes - 5; size <= kLimits.head_bytes + 5; ++size) {
    const std::string text = std::string(begin) + std::string(size - begin.size(), 'a') + "\r\n\r\n";
    RequestParser parser(kLimits);
    Progress progress = Progress::kIncomplete;
    for (const char byte : text) {
      parser.append({&byte, 1});
      progress = parser.parse();
      if (progress == Progress::kRefused) break;
    }
    EXPECT_EQ(progress == Progress::kComplete, size <= kLimits.head_bytes) << size;
    EXPECT_EQ(progress == Progress::kRefused ? parser.refusal().status : 0, refusal_of(text)) << size;
  }
}

TEST(RequestParser, KeepsWhatComesBehind) {
  RequestParser parser(kLimits);
  parser.append("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\nGET");
  ASSERT_EQ(parser.parse(), Progress::kComplete);
  EXPECT_EQ(parser.take().path, "/1");
  ASSERT_EQ(parser.parse(), Progress::kComplete);
  const Request second = parser.take();
  EXPECT_EQ(second.path, "/2");
  EXPECT_FALSE(second.keep_alive);
  EXPECT_EQ(parser.parse(), Progress::kIncomplete);
  EXPECT_TRUE(parser.started());
}

TEST(RequestParser, KeepsAliveByVersionAndHeader) {
  RequestParser parser(kLimits);
  parser.append("GET / HTTP/1.0\r\n\r\n");
  ASSERT_EQ(parser.parse(), Progress::kComplete);
  EXPECT_FALSE(parser.take().keep_alive);
  parser.append("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_EQ(parser.parse(), Progress::kComplete);
  EXPECT_TRUE(parser.take().keep_alive);
}

TEST(RequestParser, TakesTheAbsoluteForm) {
  RequestParser parser(kLimits);
  parser.append("GET http://h:1/metrics?a=b HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_EQ(parser.parse(), Progress::kComplete);
  EXPECT_EQ(parser.take().path, "/metrics");
}

TEST(RequestParser, RefusesWhatCouldBeReadInTwoWays) {
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 411);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n folded\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost : h\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nA: b\nC: d\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n"sv), 400);
}

TEST(RequestParser, RefusesWhatIsNoRequest) {
  EXPECT_EQ(refusal_of("\x16\x03\x01 a b\r\n\r\n"), 400) << "TLS";
  EXPECT_EQ(refusal_of("GET /\r\n\r\n"), 400) << "HTTP/0.9";
  EXPECT_EQ(refusal_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(refusal_of("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET /% HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET /?a=%4x HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n"), 417);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"), 415);
}

TEST(RequestParser, HoldsItsLimits) {
  const std::string long_target = "GET /" + std::string(200, 'a');
  EXPECT_EQ(refusal_of(long_target + " HTTP/1.1\r\nHost: h\r\n\r\n"), 414);
  EXPECT_EQ(refusal_of(long_target + std::string(200, 'a')), 414) << "before its end is there";
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nA: " + std::string(300, 'a')), 431) << "before its end is there";
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  while (many.size() <= kLimits.head_bytes + 2) many += "a: b\r\n";
  EXPECT_EQ(refusal_of(many + "\r\n"), 431);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 51\r\n\r\n"), 413);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n"), 413);
}

TEST(RequestParser, TellsOnceThatTheClientWaits) {
  RequestParser parser(kLimits);
  parser.append("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_FALSE(parser.wants_continue()) << "not looked at yet";
  ASSERT_EQ(parser.parse(), Progress::kIncomplete);
  EXPECT_TRUE(parser.wants_continue());
  EXPECT_FALSE(parser.wants_continue());
}

// No outcome is expected but an end: what is read is a whole request or a refusal, never more than was sent.
TEST(RequestParser, EndsWithAnyBytes) {
  const std::string whole =
      "POST /q?a=%41 HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nb=%41";
  constexpr std::string_view kInteresting = "\r\n :%?=&,\0\xff+-9"sv;
  std::mt19937 random(42);
  int complete = 0;
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole;
    for (unsigned changes = random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      const char c = kInteresting[random() % kInteresting.size()];
      switch (random() % 3) {
        case 0: text[at] = c; break;
        case 1: text.insert(at, 1, c); break;
        default: text.erase(at, 1 + random() % 8);
      }
    }
    RequestParser parser(kLimits);
    parser.append(text);
    switch (parser.parse()) {
      case Progress::kComplete:
        ++complete;
        EXPECT_LE(parser.take().body.size(), kLimits.body_bytes);
        break;
      case Progress::kRefused:
        ++refused;
        EXPECT_GE(parser.refusal().status, 400);
        break;
      case Progress::kIncomplete: break;
    }
  }
  EXPECT_GT(complete, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace pmon::http
