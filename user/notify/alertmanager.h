// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "delivery/http_client.h"
#include "notify/notifier.h"
#include "notify/section_reader.h"
#include "notify/surroundings.h"

namespace pmon::notify {

struct AlertmanagerOptions {
  std::vector<config::Secret> urls;  // of the servers; "/api/v2/alerts" is added
  std::chrono::milliseconds resend_delay{60000};
  delivery::HttpOptions http;
};

// An alert as the servers are told of it, until they know for sure that it ended.
struct KnownAlert {
  Labels annotations;
  Timestamp starts_at = 0;
  std::optional<Timestamp> ended_at;  // absent while it fires
  Timestamp last_sent = 0;            // 0: no server has it yet
  Timestamp as_of = 0;                // when it was so, and not otherwise
  bool overtook = false;              // known from a lost item: what was before it in the queue is older, and no news
};

// The body of POST /api/v2/alerts. An alert that fires ends at `valid_until` unless it is sent again.
[[nodiscard]] std::string post_alerts_body(std::span<const std::pair<const Labels, KnownAlert>* const> alerts,
                                           Timestamp valid_until, const std::string& external_url);

// Alertmanager servers, told as Prometheus tells them: what fires is sent again every resend_delay and expires after
// four of them; what ended is sent with its end for 15 minutes. Each server gets everything; it is delivered when one
// has taken it. What the queue had no room for goes with what is sent again: else an alert whose end was lost would
// fire there for ever.
class AlertmanagerNotifier : public Notifier {
 public:
  AlertmanagerNotifier(AlertmanagerOptions options, const Surroundings& surroundings);

  [[nodiscard]] std::string_view kind() const override { return "alertmanager"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;
  [[nodiscard]] std::chrono::milliseconds refresh_interval() const override { return options_.resend_delay; }
  [[nodiscard]] delivery::Outcome refresh(delivery::Deadline deadline) override;
  void lost(const Notification& notification) override;

 private:
  using Entry = std::pair<const Labels, KnownAlert>;
  struct Server {
    config::Secret url;
    delivery::HttpClient client;
  };
  Entry& know(const AlertNotice& alert);
  void forget_ended(Timestamp now);
  [[nodiscard]] delivery::Outcome post(std::vector<Entry*> alerts, delivery::Deadline deadline);
  [[nodiscard]] delivery::Outcome post_to(Server& server, std::span<const std::string> bodies,
                                          delivery::Deadline deadline);

  AlertmanagerOptions options_;
  Surroundings surroundings_;
  std::vector<Server> servers_;
  std::map<Labels, KnownAlert> known_;
};

[[nodiscard]] MakeNotifier read_alertmanager(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
