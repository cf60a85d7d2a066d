// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "delivery/http_client.h"
#include "delivery/loki_body.h"
#include "notify/notifier.h"
#include "notify/section_reader.h"
#include "notify/surroundings.h"

namespace pmon::notify {

struct LokiOptions {
  config::Secret url;     // of the push API: "http://loki:3100/loki/api/v1/push"
  std::string tenant_id;  // empty: none
  Labels labels{{"job", "pmon"}};
  delivery::HttpOptions http;
};

// One line of JSON for each alert, in streams by host, alert, severity and state: words of a small vocabulary. Pids
// and names of processes are in the line.
[[nodiscard]] std::string loki_alerts_body(const Notification& notification, const LokiOptions& options,
                                           const std::string& host);

class LokiNotifier : public Notifier {
 public:
  LokiNotifier(LokiOptions options, const Surroundings& surroundings);

  [[nodiscard]] std::string_view kind() const override { return "loki"; }
  [[nodiscard]] delivery::Outcome notify(const Notification& notification, delivery::Deadline deadline) override;

 private:
  LokiOptions options_;
  std::string host_;
  delivery::HttpClient client_;
};

[[nodiscard]] MakeNotifier read_loki(SectionReader& section, const YAML::Node& node);

}  // namespace pmon::notify
