// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../../golden/golden.h"
#include "notify/crypto.h"
#include "notify/dingtalk.h"
#include "notify/email.h"
#include "notify/loki.h"
#include "notify/slack.h"
#include "notify/syslog.h"
#include "notify/wecom.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using nlohmann::json;
using pmon::test::expect_golden;
using test::hostile;
using test::many;
using test::sample;

std::string pretty(const std::string& body) { return json::parse(body).dump(2) + "\n"; }

TEST(DingTalkBody, Golden) {
  DingTalkOptions options;
  options.mention_mobiles = {"13800000000"};
  expect_golden("notify-dingtalk.json", pretty(dingtalk_body(sample(), options)));
}

TEST(DingTalkBody, IsNeverTooLong) {
  for (const Notification& told : {many(1000), hostile()}) EXPECT_LE(dingtalk_body(told, {}).size(), 20000U);
  EXPECT_GT(dingtalk_body(many(1000), {}).size(), 19500U) << "what fits is told";
}

TEST(DingTalkBody, ProcessesWriteNoMarkup) {
  const std::string text = json::parse(dingtalk_body(hostile(), {}))["markdown"]["text"];
  EXPECT_EQ(text.find("](http"), std::string::npos) << text;
  EXPECT_EQ(text.find("<a"), std::string::npos) << text;
  EXPECT_EQ(text.find("@all"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
}

// python3 -c 'import hmac,hashlib,base64,urllib.parse; print(urllib.parse.quote_plus(base64.b64encode(hmac.new(
//   b"SECabc", b"1795442602125\nSECabc", hashlib.sha256).digest())))'
TEST(DingTalkSignature, IsWhatTheDocumentationSays) {
  const auto url = signed_dingtalk_url(config::Secret("https://oapi.dingtalk.com/robot/send?access_token=t"),
                                       config::Secret("SECabc"), test::kNow);
  EXPECT_EQ(url.reveal(),
            "https://oapi.dingtalk.com/robot/"
            "send?access_token=t&timestamp=1795442602125&sign=nbQpt5ahAG8q1QHFTSREX5ue%2BvjV5DRG1uevELebQt4%3D");
  const config::Secret plain("https://oapi.dingtalk.com/robot/send?access_token=t");
  EXPECT_EQ(signed_dingtalk_url(plain, {}, test::kNow), plain);
}

TEST(WeComBody, Golden) {
  WeComOptions options;
  options.mention_users = {"ops"};
  expect_golden("notify-wecom.json", pretty(wecom_body(sample(), options)));
}

TEST(WeComBody, IsNeverTooLong) {
  for (const Notification& told : {many(1000), hostile()}) {
    const std::string content = json::parse(wecom_body(told, {}))["markdown"]["content"];
    EXPECT_LE(content.size(), 4096U);
    EXPECT_EQ(content.find("](http"), std::string::npos);
  }
}

TEST(SlackBody, Golden) {
  SlackOptions options;
  options.channel = "#ops";
  expect_golden("notify-slack.json", pretty(slack_body(sample(), options)));
}

TEST(SlackBody, ProcessesWriteNoMarkup) {
  const json attachment = json::parse(slack_body(hostile(), {}))["attachments"][0];
  for (const char* key : {"title", "text", "fallback"}) {
    const std::string text = attachment[key];
    EXPECT_EQ(text.find('<'), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  }
  EXPECT_LE(std::string(json::parse(slack_body(many(1000), {}))["attachments"][0]["text"]).size(), 4000U);
}

TEST(LokiBody, Golden) { expect_golden("notify-loki.json", pretty(loki_alerts_body(sample(), {}, "web1"))); }

TEST(LokiBody, HasAHandfulOfStreams) {
  EXPECT_EQ(json::parse(loki_alerts_body(many(1000), {}, "web1"))["streams"].size(), 2U);
}

TEST(Syslog, Priorities) {
  AlertNotice alert = test::alert("HeapLeak", 12);
  EXPECT_EQ(syslog_priority(alert), LOG_WARNING);
  alert.labels.set("severity", "critical");
  EXPECT_EQ(syslog_priority(alert), LOG_CRIT);
  alert.state = AlertNotice::State::kResolved;
  EXPECT_EQ(syslog_priority(alert), LOG_NOTICE);
}

TEST(Syslog, MessageIsOneLine) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const std::string pid = std::to_string(::getpid());
  EXPECT_EQ(syslog_message(test::alert("HeapLeak", 12), {}, test::kNow),
            "<28>Nov 23 14:03:22 pmon[" + pid + "]: FIRING HeapLeak: redis (pid 12) leaks memory: 4.5 MB a second");
  const std::string bad = syslog_message(hostile().alerts[0], {}, test::kNow);
  EXPECT_EQ(bad.find('\n'), std::string::npos);
  EXPECT_LE(bad.size(), 2048U);
}

TEST(Journal, Golden) { expect_golden("notify-journal.txt", journal_message(test::alert("HeapLeak", 12), {})); }

TEST(Journal, AValueWithALineBreakHasItsLength) {
  AlertNotice alert = test::alert("HeapLeak", 12);
  alert.annotations.set("summary", "a\nPRIORITY=0");
  const std::string message = journal_message(alert, {});
  const std::string length("\x0c\0\0\0\0\0\0\0", 8);
  EXPECT_NE(message.find("PMON_ANNOTATION_SUMMARY\n" + length + "a\nPRIORITY=0\n"), std::string::npos) << message;
  EXPECT_TRUE(message.starts_with("MESSAGE=FIRING HeapLeak: a PRIORITY=0\n")) << message;
}

EmailOptions mail_options() {
  EmailOptions options;
  options.to = "Ops <ops@example.org>, me@example.org";
  options.from = "pmon@example.org";
  return options;
}

TEST(Mail, Golden) {
  expect_golden("notify-mail.txt", mime_text(mail_message(sample(), mail_options(), "web1", {test::kNow, "id"})));
}

TEST(Mail, NobodyWritesHeaders) {
  EmailOptions options = mail_options();
  options.headers.emplace("X-Alert", MessageTemplate::of("{{ $labels.comm }}", MessageTemplate::About::kMessage));
  for (const Notification& told : {hostile(), many(1000)}) {
    const std::string mail = mime_text(mail_message(told, options, "web1", {test::kNow, "id"}));
    const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
    EXPECT_EQ(head.find("\r\nSubject: owned"), std::string::npos) << head;
    EXPECT_NE(head.find("\r\nSubject: "), std::string::npos) << head;
    for (std::size_t at = 0, end = 0; (end = mail.find("\r\n", at)) != std::string::npos; at = end + 2) {
      ASSERT_LE(end - at, 998U) << "RFC 5322: no longer line";
      ASSERT_NE(mail.substr(at, end - at), ".");
    }
    for (std::size_t at = mail.find('\n'); at != std::string::npos; at = mail.find('\n', at + 1)) {
      ASSERT_EQ(mail[at - 1], '\r');
    }
    EXPECT_EQ(mail.find("<a href", mail.find("text/html")), std::string::npos);
  }
}

TEST(Mail, HeadersAreEncodedAndFolded) {
  EXPECT_EQ(encoded_header("Subject", "plain"), "plain");
  EXPECT_EQ(encoded_header("Subject", "进程"), "=?UTF-8?B?6L+b56iL?=");
  EXPECT_EQ(encoded_header("Subject", "=?x"), "=?UTF-8?B?PT94?=");
  EXPECT_EQ(encoded_header("Subject", "a\r\nBcc: x"), "a  Bcc: x");
  std::string words;
  for (int i = 0; i < 50; ++i) words += "进程泄漏内存";
  const std::string encoded = encoded_header("Subject", words);
  for (std::string_view rest = encoded; !rest.empty();) {
    const std::size_t end = std::min(rest.find("\r\n "), rest.size());
    EXPECT_LE(end, 75U);
    EXPECT_TRUE(rest.substr(0, end).starts_with("=?UTF-8?B?") && rest.substr(0, end).ends_with("?="));
    rest.remove_prefix(std::min(end + 3, rest.size()));
  }
}

// Whoever reads an address that is encoded with its name finds none there.
TEST(Mail, NamesAreEncodedAndAddressesAreNot) {
  EmailOptions options = mail_options();
  options.from = "Überwachung <pmon@example.org>";
  options.to = "Ops <ops@example.org>, \"运维, 夜班\" <night@example.org>, me@example.org";
  options.headers.emplace("reply-to", MessageTemplate::of("进程 <a@x>", MessageTemplate::About::kMessage));
  options.headers.emplace("X-Team", MessageTemplate::of("运维", MessageTemplate::About::kMessage));
  const std::string mail = mime_text(mail_message(sample(), options, "web1", {test::kNow, "id"}));
  for (const char* line : {"From: =?UTF-8?B?w5xiZXJ3YWNodW5n?= <pmon@example.org>\r\n",
                           "To: Ops <ops@example.org>, =?UTF-8?B?6L+Q57u0LCDlpJznj60=?=\r\n"
                           " <night@example.org>, me@example.org\r\n",
                           "reply-to: =?UTF-8?B?6L+b56iL?= <a@x>\r\n", "X-Team: =?UTF-8?B?6L+Q57u0?=\r\n"}) {
    EXPECT_NE(mail.find(line), std::string::npos) << line << mail.substr(0, 700);
  }
}

TEST(Mail, QuotedPrintable) {
  EXPECT_EQ(quoted_printable("a=b\n.\nFrom me \n进"), "a=3Db\r\n=2E\r\n=46rom me=20\r\n=E8=BF=9B");
  EXPECT_EQ(quoted_printable(std::string(80, 'x')), std::string(75, 'x') + "=\r\n" + std::string(5, 'x'));
}

TEST(Mail, Addresses) {
  using List = std::vector<std::string>;
  EXPECT_EQ(mail_addresses("a@x"), List{"a@x"});
  EXPECT_EQ(mail_addresses("Ops, the <ops@x>"), std::nullopt);
  EXPECT_EQ(mail_addresses("\"Ops, the\" <ops@x>, b@y"), (List{"ops@x", "b@y"}));
  EXPECT_EQ(mail_addresses(""), std::nullopt);
  EXPECT_EQ(mail_addresses("a@x\r\nRCPT TO:<b@y>"), std::nullopt);
  EXPECT_EQ(mail_addresses("nobody"), std::nullopt);
}

TEST(Mail, Date) { EXPECT_EQ(mail_date(test::kNow), "Mon, 23 Nov 2026 14:03:22 +0000"); }

// RFC 4231, test case 2; RFC 4648, section 10.
TEST(Crypto, KnownAnswers) {
  std::string hex;
  for (const unsigned char c : hmac_sha256("Jefe", "what do ya want for nothing?")) {
    hex += "0123456789abcdef"[c >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  EXPECT_EQ(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(url_encoded("a+/= ~"), "a%2B%2F%3D%20~");
}

}  // namespace
}  // namespace pmon::notify
