// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "delivery/http_client.h"
#include "notify/notifier.h"
#include "notify/section_reader.h"
#include "notify/send_budget.h"
#include "notify/surroundings.h"
#include "notify/templates.h"

namespace pmon::notify {

struct DingTalkOptions {
  config::Secret url;     // the robot's, with its access_token
  config::Secret secret;  // for robots that want signatures ("SEC…"); empty: none
  std::vector<std::string> mention_mobiles;
  bool mention_all = false;
  MessageTemplate title = default_title();
  MessageTemplate text = default_alert_text();
  delivery::HttpOptions http;
};

// The robot's address with "timestamp" and "sign": HMAC-SHA256 of "timestamp\nsecret", base64, URL-encoded.
[[nodiscard]] config::Secret signed_dingtalk_url(const config::Secret& url, const config::Secret& secret,
                                                 Timestamp now);
// A markdown message of at most 20,000 bytes as a whole.
[[nodiscard]] std::string dingtalk_body(const Notification& notification, const DingTalkOptions& options);

// A group robot of DingTalk. Of more than 20 messages a minute those beyond wait for their turn.
class DingTalkNotifier : public Notifier {
 public:
  DingTalkNotifier(DingTalkOptions options, const Surroundings& surroundings);

  [[nodiscard]] std::string_view kind() const override { return "dingtalk"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  DingTalkOptions options_;
  Surroundings surroundings_;
  SendBudget budget_;
  delivery::HttpClient client_;
};

[[nodiscard]] MakeNotifier read_dingtalk(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
