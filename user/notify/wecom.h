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

struct WeComOptions {
  config::Secret url;                      // the robot's, with its key
  std::vector<std::string> mention_users;  // their ids
  MessageTemplate title = default_title();
  MessageTemplate text = default_alert_text();
  delivery::HttpOptions http;
};

// A markdown message whose content has at most 4,096 bytes.
[[nodiscard]] std::string wecom_body(const Notification& notification, const WeComOptions& options);

// A group robot of WeCom. Of more than 20 messages a minute those beyond wait for their turn.
class WeComNotifier : public Notifier {
 public:
  WeComNotifier(WeComOptions options, const Surroundings& surroundings);

  [[nodiscard]] std::string_view kind() const override { return "wecom"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  WeComOptions options_;
  std::function<delivery::Clock::time_point()> now_;
  SendBudget budget_;
  delivery::HttpClient client_;
};

[[nodiscard]] MakeNotifier read_wecom(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
