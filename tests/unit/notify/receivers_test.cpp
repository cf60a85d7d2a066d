// SPDX-License-Identifier: Apache-2.0
#include "notify/make_notifiers.h"

#include <gtest/gtest.h>

#include "../../golden/golden.h"
#include "../../support/temp_folder.h"
#include "notify/email.h"
#include "sample.h"

namespace pmon::notify {
namespace {

Result<Receivers> read(const std::string& yaml, const std::string& file = "alerting.yml") {
  const auto config = routing::load(yaml, file, receiver_kinds());
  if (!config) return std::unexpected(config.error());
  return read_receivers(*config);
}

std::string file_with(const std::string& receiver, const std::string& global = "") {
  return global + "route: {receiver: team}\nreceivers:\n  - name: team\n" + receiver;
}

TEST(Receivers, EveryKindIsReadAndMade) {
  ::setenv("ROBOT_KEY", "k", 1);
  const auto receivers = read(R"(
global:
  slack_api_url: https://hooks.slack.com/services/T0/B0/secret
  smtp_smarthost: mail.example.org:587
  smtp_from: pmon@example.org
  http_config: {follow_redirects: false}
route: {receiver: team}
receivers:
  - name: team
    alertmanager_configs:
      - urls: [http://a:9093, 'http://b:9093/prefix/']
        resend_delay: 30s
    dingtalk_configs: [{url: 'https://oapi.dingtalk.com/robot/send?access_token=t', secret: SECabc}]
    email_configs: [{to: ops@example.org, headers: {Subject: '{{ $count }} alerts', X-Team: ops}}]
    exec_configs: [{command: [/bin/true, word], timeout: 20s, env: {A: b}}]
    kafka_configs: [{brokers: 'localhost:9092', topic: alerts, properties: {acks: all}}]
    loki_configs: [{url: http://loki:3100/loki/api/v1/push}]
    slack_configs: [{channel: '#ops', send_resolved: true}, {channel: '#more'}]
    syslog_configs: [{facility: local3, tag: alerts}]
    webhook_configs: [{url: http://localhost:5001/, max_alerts: 10}]
    wecom_configs: [{url: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${ROBOT_KEY}'}]
    stdout_configs: [{output: json}]
  - name: nobody
)");
  ASSERT_TRUE(receivers) << receivers.error().text();
  ASSERT_EQ(receivers->receivers.size(), 2U);
  const ReceiverConfig& team = receivers->receivers[0];
  std::vector<std::string> names;
  for (const NotifierConfig& notifier : team.notifiers)
    names.push_back(notifier.name + (notifier.send_resolved ? "+" : ""));
  EXPECT_EQ(names, (std::vector<std::string>{"team/alertmanager+", "team/dingtalk+", "team/email", "team/exec+",
                                             "team/kafka+", "team/loki+", "team/slack+", "team/slack-2", "team/syslog+",
                                             "team/webhook+", "team/wecom+"}));
  EXPECT_EQ(team.outputs, std::vector<StdoutForm>{StdoutForm::kJson});
  EXPECT_EQ(team.notifiers[3].timeout, std::chrono::seconds(21));
  EXPECT_TRUE(receivers->receivers[1].notifiers.empty()) << "tells nobody, as in Alertmanager";
  EXPECT_TRUE(receivers->warnings.empty());

  std::vector<std::unique_ptr<delivery::Destination>> made;
  for (const ReceiverConfig& receiver : receivers->receivers) {
    for (const NotifierConfig& config : receiver.notifiers) {
      auto destination = make_destination(config, test::surroundings());
      ASSERT_TRUE(destination) << destination.error().text();
      made.push_back(std::move(*destination));
    }
  }
  ASSERT_EQ(made.size(), 11U);
  EXPECT_EQ(made[0]->refresh_interval(), std::chrono::seconds(30));
}

TEST(Receivers, WithoutAFileThereIsOneThatTellsOnlyTheOutput) {
  const auto receivers = read_receivers(routing::default_config());
  ASSERT_TRUE(receivers);
  ASSERT_EQ(receivers->receivers.size(), 1U);
  EXPECT_EQ(receivers->receivers[0].name, routing::kStdoutReceiver);
  EXPECT_TRUE(receivers->receivers[0].notifiers.empty());
}

// Everything that can be wrong, with its place and what to do about it.
TEST(Receivers, Mistakes) {
  ::unsetenv("NO_SUCH");
  constexpr const char* kCases[] = {
      "    slack_configs: [{channel: x}]\n",
      "    slack_configs: [{api_url: 'ftp://x'}]\n",
      "    slack_configs: [{api_url: 'http://x', chanel: y}]\n",
      "    slack_configs: [{api_url: 'http://x', fields: []}]\n",
      "    slack_configs: [{api_url: 'http://x', text: 'a {{ $lables.pid }}'}]\n",
      "    slack_configs: [{api_url: 'http://x', text: '{{ range .Alerts }}{{ end }}'}]\n",
      "    slack_configs: [{api_url: 'http://x', title: '{{ template \"x\" . }}'}]\n",
      "    webhook_configs: [{url: 'http://x', url_file: y}]\n",
      "    webhook_configs: [{url: 'http://${NO_SUCH}/'}]\n",
      "    webhook_configs: [{url_file: /nonexistent/url}]\n",
      "    webhook_configs: [{url: 'http://x', send_resolved: maybe, max_alerts: -1}]\n",
      "    webhook_configs: [{}]\n",
      "    webhook_configs: [word]\n",
      "    alertmanager_configs: [{urls: []}]\n",
      "    alertmanager_configs: [{url: 'http://x', resend_delay: 0s}]\n",
      "    alertmanager_configs: [{url: 'http://x', send_resolved: false}]\n",
      "    dingtalk_configs: [{url: 'http://x', mention_mobiles: ['1 2']}]\n",
      "    email_configs: [{to: nobody, from: a@x, smarthost: 'mail:25'}]\n",
      "    email_configs: [{to: a@x, from: a@x, smarthost: mail}]\n",
      "    email_configs: [{to: a@x}]\n",
      "    email_configs: [{to: a@x, from: a@x, smarthost: 'mail:25', headers: {'X Y': z}}]\n",
      "    email_configs: [{to: a@x, from: a@x, smarthost: 'mail:25', headers: {Content-Type: z}}]\n",
      "    email_configs: [{to: a@x, from: a@x, smarthost: 'mail:25', auth_secret: z}]\n",
      "    exec_configs: [{command: page --all}]\n",
      "    exec_configs: [{command: [page]}]\n",
      "    exec_configs: [{command: []}]\n",
      "    kafka_configs: [{brokers: x}]\n",
      "    syslog_configs: [{facility: locla0}]\n",
      "    syslog_configs: [{tag: 'a b'}]\n",
      "    stdout_configs: [{output: xml}]\n",
      "    pagerduty_configs: [{service_key: x}]\n",
      "    wechat_configs: [{corp_id: x}]\n",
      "    slak_configs: [{channel: x}]\n",
  };
  std::string all;
  for (const char* const one : kCases) {
    const auto receivers = read(file_with(one));
    all += receivers ? "no error: " + std::string(one) : receivers.error().message + "\n";
  }
  pmon::test::expect_golden("notify-mistakes.txt", all);
}

TEST(Receivers, AMistakeInGlobalIsToldOnce) {
  const auto receivers =
      read(file_with("    slack_configs: [{channel: a}, {channel: b}]\n", "global: {slack_api_url: 'nowhere'}\n"));
  ASSERT_FALSE(receivers);
  const std::string& text = receivers.error().message;
  EXPECT_EQ(text.find("must be an address"), text.rfind("must be an address")) << text;
}

TEST(Receivers, GlobalKeysWithoutEffectAreTold) {
  const auto receivers = read(file_with("", "global: {pagerduty_url: 'http://x', slack_api_url: 'http://x'}\n"));
  ASSERT_TRUE(receivers) << receivers.error().text();
  ASSERT_EQ(receivers->warnings.size(), 1U);
  EXPECT_NE(receivers->warnings[0].message.find("pagerduty_url"), std::string::npos);
}

TEST(Receivers, SecretsFilesStandBesideTheFile) {
  const pmon::test::TempFolder folder;
  folder.write("url", "http://127.0.0.1:1/token\n");
  const auto receivers = read(file_with("    webhook_configs: [{url_file: url}]\n"), folder.file("alerting.yml"));
  EXPECT_TRUE(receivers) << receivers.error().text();
}

TEST(Receivers, ASecretIsInNoMessage) {
  ::setenv("TOKEN", "hidden words", 1);
  const auto receivers = read(file_with("    webhook_configs: [{url: '${TOKEN}'}]\n"));
  ::unsetenv("TOKEN");
  ASSERT_FALSE(receivers);
  EXPECT_EQ(receivers.error().text().find("hidden"), std::string::npos) << receivers.error().text();
}

}  // namespace
}  // namespace pmon::notify
