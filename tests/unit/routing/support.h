// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "routing/router.h"

namespace pmon::routing::testing {

inline Config config_of(const std::string& yaml) {
  auto config = load(yaml, "am.yml");
  EXPECT_TRUE(config) << config.error().message;
  return config ? std::move(*config) : default_config();
}

// A router, alerts that fire and end as the test says, and a clock that goes in seconds. No engine.
class Desk {
 public:
  explicit Desk(Config config) : router(std::move(config)) {}
  explicit Desk(const std::string& yaml) : Desk(config_of(yaml)) {}

  // From the next look on.
  void fire(const Labels& labels) {
    alerts::ActiveAlert alert;
    alert.state = alerts::ActiveAlert::State::kFiring;
    alert.labels = labels;
    alert.active_since = now;
    firing_[labels] = alert;
  }
  void end(const Labels& labels, const char* reason = alerts::kConditionEnded) {
    const auto at = firing_.find(labels);
    ASSERT_NE(at, firing_.end());
    resolved_.push_back({at->second, reason});
    firing_.erase(at);
  }

  std::vector<Notification> update(double seconds = 1) {
    now += static_cast<Timestamp>(seconds * 1000);
    std::vector<const alerts::ActiveAlert*> firing;
    for (const auto& [labels, alert] : firing_) firing.push_back(&alert);
    const auto ended = std::exchange(resolved_, {});
    return router.update(firing, ended, {now, now + wall_ahead}, silenced);
  }

  // "receiver{group}: A fired, B repeat" for each notification; alerts by their alertname and pid.
  std::vector<std::string> look(double seconds = 1) {
    std::vector<std::string> out;
    for (const Notification& told : update(seconds)) {
      std::string line = told.receiver + told.group_labels.text() + ":";
      for (const AlertNotice& notice : told.alerts) {
        line += " " + std::string(notice.labels.get("alertname")) + std::string(notice.labels.get("pid")) + " " +
                notice.reason;
      }
      out.push_back(line);
    }
    return out;
  }

  Router router;
  Silenced silenced;
  Timestamp now = 1'700'000'000'000;  // Tuesday, 2023-11-14 22:13:20 UTC
  Timestamp wall_ahead = 0;

 private:
  std::map<Labels, alerts::ActiveAlert> firing_;
  std::vector<alerts::ResolvedAlert> resolved_;
};

inline Labels alert(const std::string& name, int pid = 0) {
  Labels labels{{"alertname", name}};
  if (pid != 0) labels.set("pid", std::to_string(pid));
  return labels;
}

}  // namespace pmon::routing::testing
