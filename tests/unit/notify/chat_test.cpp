// SPDX-License-Identifier: Apache-2.0
// DingTalk, WeCom, Slack and Loki against fakes that are as strict as their documentation.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake_server.h"
#include "notify/crypto.h"
#include "notify/dingtalk.h"
#include "notify/loki.h"
#include "notify/slack.h"
#include "notify/webhook.h"
#include "notify/wecom.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using delivery::Outcome;
using nlohmann::json;
using test::FakeAnswer;
using test::FakeRequest;
using test::FakeServer;
using Kind = Outcome::Kind;

FakeAnswer errcode(int code, const std::string& message) {
  return {200, json{{"errcode", code}, {"errmsg", message}}.dump(), "Content-Type: application/json\r\n"};
}

std::string parameter(const std::string& target, const std::string& name) {
  const std::size_t at = target.find(name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 1;
  return target.substr(begin, target.find('&', begin) - begin);
}

// As DingTalk's page "custom robots" describes it: token, signature, size, form of the message.
FakeAnswer fake_dingtalk(const FakeRequest& request) {
  if (parameter(request.target, "access_token") != "token") return errcode(300001, "token is not exist");
  const std::string timestamp = parameter(request.target, "timestamp");
  const std::string expected = url_encoded(base64(hmac_sha256("SECabc", timestamp + "\nSECabc")));
  if (timestamp != std::to_string(test::kNow) || parameter(request.target, "sign") != expected) {
    return errcode(310000, "sign not match");
  }
  if (!request.headers.at("content-type").starts_with("application/json")) return errcode(43004, "content type");
  if (request.body.size() > 20000) return errcode(460101, "message too long, exceed 20000 bytes");
  const json body = json::parse(request.body, nullptr, false);
  const bool fine = body.is_object() && body["msgtype"] == "markdown" && body["markdown"]["title"].is_string() &&
                    !std::string(body["markdown"]["title"]).empty() && body["markdown"]["text"].is_string() &&
                    body["at"]["atMobiles"].is_array() && body["at"]["isAtAll"].is_boolean();
  return fine ? errcode(0, "ok") : errcode(40035, "invalid parameter");
}

DingTalkOptions dingtalk(const FakeServer& server, const std::string& secret = "SECabc") {
  DingTalkOptions options;
  options.url = config::Secret(server.url("/robot/send?access_token=token"));
  options.secret = config::Secret(secret);
  return options;
}

TEST(DingTalk, ARobotTakesWhatWeSend) {
  FakeServer server(fake_dingtalk);
  DingTalkNotifier notifier(dingtalk(server), test::surroundings());
  for (const Notification& told : {test::sample(), test::many(1000), test::hostile()}) {
    const Outcome outcome = notifier.notify(told, test::soon());
    EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  }
}

TEST(DingTalk, AWrongSignatureIsFinalAndNamesNoSecret) {
  FakeServer server(fake_dingtalk);
  DingTalkNotifier notifier(dingtalk(server, "SECwrong"), test::surroundings());
  const Outcome outcome = notifier.notify(test::sample(), test::soon());
  EXPECT_EQ(outcome.kind, Kind::kRejected);
  EXPECT_NE(outcome.what.find("310000: sign not match"), std::string::npos) << outcome.what;
  EXPECT_EQ(outcome.what.find("token="), std::string::npos) << outcome.what;
  EXPECT_EQ(outcome.what.find("SEC"), std::string::npos) << outcome.what;
}

TEST(DingTalk, ErrorCodes) {
  const std::pair<int, Kind> cases[] = {{0, Kind::kDelivered},     {-1, Kind::kRetry},        {130101, Kind::kRetry},
                                        {410100, Kind::kRetry},    {310000, Kind::kRejected}, {300001, Kind::kRejected},
                                        {400102, Kind::kRejected}, {460101, Kind::kRejected}};
  for (const auto& [code, kind] : cases) {
    FakeServer server([code = code](const FakeRequest&) { return errcode(code, "said"); });
    DingTalkNotifier notifier(dingtalk(server), test::surroundings());
    EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, kind) << code;
  }
}

TEST(DingTalk, TwentyMessagesAMinuteAndTheOthersWait) {
  FakeServer server(fake_dingtalk);
  auto now = delivery::Clock::time_point(std::chrono::hours(1));
  Surroundings around = test::surroundings();
  around.steady = [&now] { return now; };
  DingTalkNotifier notifier(dingtalk(server), around);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kDelivered) << i;
    now += std::chrono::seconds(1);
  }
  const Outcome held = notifier.notify(test::sample(), test::soon());
  EXPECT_EQ(held.kind, Kind::kRetry);
  ASSERT_TRUE(held.retry_after);
  EXPECT_EQ(server.requests().size(), 20U) << "nothing is sent that the robot would count";
  now += *held.retry_after;
  EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kDelivered);
  EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kRetry) << "one place was free";
}

TEST(DingTalk, GarbageAndServerErrorsMayPass) {
  FakeServer garbage([](const FakeRequest&) { return FakeAnswer{200, "<html>proxy</html>", ""}; });
  DingTalkNotifier notifier(dingtalk(garbage), test::surroundings());
  EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kRetry);
  FakeServer broken([](const FakeRequest&) { return FakeAnswer{502, "", ""}; });
  DingTalkNotifier other(dingtalk(broken), test::surroundings());
  EXPECT_EQ(other.notify(test::sample(), test::soon()).kind, Kind::kRetry);
}

// As WeCom's page "group robots" describes it.
FakeAnswer fake_wecom(const FakeRequest& request) {
  if (parameter(request.target, "key") != "k") return errcode(93000, "invalid webhook url");
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || body["msgtype"] != "markdown") return errcode(40008, "invalid message type");
  const json& content = body["markdown"]["content"];
  if (!content.is_string() || std::string(content).empty()) return errcode(44004, "empty content");
  if (std::string(content).size() > 4096) return errcode(40058, "markdown.content exceed max length 4096");
  return errcode(0, "ok");
}

WeComOptions wecom(const FakeServer& server, const std::string& key = "k") {
  WeComOptions options;
  options.url = config::Secret(server.url("/cgi-bin/webhook/send?key=" + key));
  return options;
}

TEST(WeCom, ARobotTakesWhatWeSend) {
  FakeServer server(fake_wecom);
  WeComNotifier notifier(wecom(server), test::surroundings());
  for (const Notification& told : {test::sample(), test::many(1000), test::hostile()}) {
    const Outcome outcome = notifier.notify(told, test::soon());
    EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  }
}

TEST(WeCom, ErrorCodes) {
  FakeServer server(fake_wecom);
  WeComNotifier wrong(wecom(server, "other"), test::surroundings());
  EXPECT_EQ(wrong.notify(test::sample(), test::soon()).kind, Kind::kRejected);
  FakeServer busy([](const FakeRequest&) { return errcode(45009, "api freq out of limit"); });
  WeComNotifier notifier(wecom(busy), test::surroundings());
  const Outcome outcome = notifier.notify(test::sample(), test::soon());
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_EQ(outcome.retry_after, std::chrono::seconds(60));
}

TEST(WeCom, TwentyMessagesAMinute) {
  FakeServer server(fake_wecom);
  WeComNotifier notifier(wecom(server), test::surroundings());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kDelivered);
  EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kRetry);
  EXPECT_EQ(server.requests().size(), 20U);
}

// As Slack's page "incoming webhooks" describes it.
FakeAnswer fake_slack(const FakeRequest& request) {
  if (request.target != "/services/T0/B0/secret") return {404, "no_service", ""};
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return {400, "invalid_payload", ""};
  if (!body.contains("text") && !body["attachments"].is_array()) return {400, "no_text", ""};
  if (body["attachments"].size() > 100) return {400, "too_many_attachments", ""};
  for (const json& attachment : body["attachments"]) {
    if (!attachment["fallback"].is_string() || !attachment["text"].is_string()) return {400, "invalid_payload", ""};
  }
  return {200, "ok", ""};
}

SlackOptions slack(const FakeServer& server, const std::string& target = "/services/T0/B0/secret") {
  SlackOptions options;
  options.api_url = config::Secret(server.url(target));
  return options;
}

TEST(Slack, TakesWhatWeSend) {
  FakeServer server(fake_slack);
  SlackNotifier notifier(slack(server));
  for (const Notification& told : {test::sample(), test::many(1000), test::hostile()}) {
    const Outcome outcome = notifier.notify(told, test::soon());
    EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  }
}

TEST(Slack, AWrongAddressIsFinalAndNamesNoSecret) {
  FakeServer server(fake_slack);
  SlackNotifier notifier(slack(server, "/services/T0/B0/other"));
  const Outcome outcome = notifier.notify(test::sample(), test::soon());
  EXPECT_EQ(outcome.kind, Kind::kRejected);
  EXPECT_NE(outcome.what.find("no_service"), std::string::npos) << outcome.what;
  EXPECT_EQ(outcome.what.find("B0"), std::string::npos) << outcome.what;
}

TEST(Slack, WaitsAsLongAsItIsAskedTo) {
  FakeServer server([](const FakeRequest&) { return FakeAnswer{429, "", "Retry-After: 30\r\n"}; });
  SlackNotifier notifier(slack(server));
  const Outcome outcome = notifier.notify(test::sample(), test::soon());
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_EQ(outcome.retry_after, std::chrono::seconds(30));
}

TEST(Slack, A200ThatIsNotOkIsNoSuccess) {
  FakeServer server([](const FakeRequest&) {
    return FakeAnswer{200, R"({"ok":false,"error":"channel_not_found"})", ""};
  });
  SlackNotifier notifier(slack(server));
  const Outcome outcome = notifier.notify(test::sample(), test::soon());
  EXPECT_EQ(outcome.kind, Kind::kRejected);
  EXPECT_NE(outcome.what.find("channel_not_found"), std::string::npos) << outcome.what;
}

TEST(Loki, PushesWithItsTenant) {
  FakeServer server([](const FakeRequest& request) {
    const bool fine = request.target == "/loki/api/v1/push" &&
                      request.headers.at("content-type") == "application/json" &&
                      request.headers.at("x-scope-orgid") == "ops";
    return FakeAnswer{fine ? 204 : 400, "", ""};
  });
  LokiOptions options;
  options.url = config::Secret(server.url("/loki/api/v1/push"));
  options.tenant_id = "ops";
  LokiNotifier notifier(options, test::surroundings());
  for (const Notification& told : {test::sample(), test::many(1000), test::hostile()}) {
    const Outcome outcome = notifier.notify(told, test::soon());
    EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  }
}

TEST(Webhook, PostsAlertmanagersBody) {
  FakeServer server([](const FakeRequest& request) {
    const json body = json::parse(request.body, nullptr, false);
    return FakeAnswer{body.is_object() && body["version"] == "4" ? 200 : 400, "", ""};
  });
  WebhookNotifier notifier({config::Secret(server.url("/hook/secret")), 100, {}}, test::surroundings());
  const Outcome outcome = notifier.notify(test::many(1000), test::soon());
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  const json body = json::parse(server.requests().at(0).body);
  EXPECT_EQ(body["alerts"].size(), 100U);
  EXPECT_EQ(body["truncatedAlerts"], 900);
}

TEST(Webhook, RefusedIsTriedAgainAndNamesNoSecret) {
  WebhookNotifier notifier({config::Secret("http://127.0.0.1:1/hook/secret"), 0, {}}, test::surroundings());
  const Outcome outcome = notifier.notify(test::sample(), test::soon());
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_EQ(outcome.what.find("secret"), std::string::npos) << outcome.what;
}

TEST(Robots, AnswersThatRepeatASecretAreToldWithoutIt) {
  const std::string secret = "averysecretword";
  for (const std::string& said : {R"({"errcode":300001,"errmsg":"no robot of )" + secret + "\"}", "<p>" + secret}) {
    FakeServer server([&](const FakeRequest&) { return FakeAnswer{200, said, "Content-Type: text/html\r\n"}; });
    WeComOptions wecom;
    wecom.url = config::Secret(server.url("/send?key=" + secret));
    SlackOptions slack;
    slack.api_url = config::Secret(server.url("/services/T0/" + secret));
    for (const Outcome& outcome : {WeComNotifier(wecom, test::surroundings()).notify(test::sample(), test::soon()),
                                   SlackNotifier(slack).notify(test::sample(), test::soon())}) {
      EXPECT_NE(outcome.kind, Kind::kDelivered);
      EXPECT_NE(outcome.what.find("***"), std::string::npos) << outcome.what;
      EXPECT_EQ(outcome.what.find(secret), std::string::npos) << outcome.what;
    }
  }
}

}  // namespace
}  // namespace pmon::notify
