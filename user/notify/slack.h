// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "delivery/http_client.h"
#include "notify/notifier.h"
#include "notify/section_reader.h"
#include "notify/surroundings.h"
#include "notify/templates.h"

namespace pmon::notify {

// Alertmanager's names. Absent texts are left out of the message.
struct SlackOptions {
  config::Secret api_url;
  std::string channel;
  std::string username = "pmon";
  std::string icon_emoji;
  std::string icon_url;
  bool link_names = false;
  MessageTemplate color;
  MessageTemplate title = default_title();
  MessageTemplate text = default_alert_text();
  std::optional<MessageTemplate> title_link;
  std::optional<MessageTemplate> pretext;
  std::optional<MessageTemplate> footer;
  delivery::HttpOptions http;

  SlackOptions();
};

// A message with one attachment, whose text has at most 4,000 bytes; Slack hides what is longer.
[[nodiscard]] std::string slack_body(const Notification& notification, const SlackOptions& options);

// "ok" is delivered; any other text in a 200 says why not.
[[nodiscard]] delivery::Outcome outcome_of_slack(const delivery::HttpRequest& request,
                                                 const Result<delivery::HttpResponse>& response);

// An incoming webhook of Slack, or of a server that speaks its language (Mattermost, Rocket.Chat).
class SlackNotifier : public Notifier {
 public:
  explicit SlackNotifier(SlackOptions options);

  [[nodiscard]] std::string_view kind() const override { return "slack"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  SlackOptions options_;
  delivery::HttpClient client_;
};

[[nodiscard]] MakeNotifier read_slack(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
