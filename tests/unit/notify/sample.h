// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "notify/surroundings.h"
#include "pmon/notification.h"

namespace pmon::notify::test {

inline constexpr Timestamp kNow = 1795442602125;  // 2026-11-23T14:03:22.125Z

inline AlertNotice alert(const std::string& name, int pid, AlertNotice::State state = AlertNotice::State::kFiring) {
  AlertNotice notice;
  notice.reason = state == AlertNotice::State::kFiring ? "fired" : "condition_ended";
  notice.state = state;
  notice.time = kNow;
  notice.active_since = kNow - 90'000;
  notice.value = 4.5e6;
  notice.labels = {{"alertname", name}, {"comm", "redis"}, {"pid", std::to_string(pid)}, {"severity", "warning"}};
  notice.annotations = {{"summary", "redis (pid " + std::to_string(pid) + ") leaks memory: 4.5 MB a second"},
                        {"description", "Plan a restart before it meets its limit."}};
  return notice;
}

inline Notification notification_of(std::vector<AlertNotice> alerts) {
  Notification notification;
  notification.receiver = "team";
  notification.group_key = "{}:{alertname=\"HeapLeak\"}";
  notification.group_labels = {{"alertname", "HeapLeak"}};
  notification.common_labels = {{"alertname", "HeapLeak"}, {"comm", "redis"}, {"severity", "warning"}};
  notification.common_annotations = {{"description", "Plan a restart before it meets its limit."}};
  notification.alerts = std::move(alerts);
  return notification;
}

// One that ended, then two that fire.
inline Notification sample() {
  return notification_of(
      {alert("HeapLeak", 7, AlertNotice::State::kResolved), alert("HeapLeak", 12), alert("HeapLeak", 13)});
}

// So many alerts that fire, a tenth of them of another name.
inline Notification many(int count) {
  std::vector<AlertNotice> alerts;
  for (int i = 0; i < count; ++i) alerts.push_back(alert(i % 10 == 9 ? "CpuBurn" : "HeapLeak", 1000 + i));
  return notification_of(std::move(alerts));
}

// What a process may call itself, in labels and in an annotation that quotes it.
inline const std::string kHostile =
    "x\r\nSubject: owned\r\n\r\n.\r\n\x1b[2J[pay](http://evil) <a href='//evil'>\"&</a> <!channel> @all `*_~ "
    "\u202e\u2066 ![](http://evil) {{ $value }}";

inline Notification hostile() {
  AlertNotice bad = alert("HeapLeak", 12);
  bad.labels.set("comm", kHostile);
  bad.annotations.set("summary", kHostile + " leaks");
  Notification notification = notification_of({bad});
  notification.common_labels = bad.labels;
  notification.common_annotations = bad.annotations;
  return notification;
}

inline Surroundings surroundings() {
  Surroundings around;
  around.host = "web1";
  around.external_url = "http://web1:9777";
  around.wall = [] { return kNow; };
  return around;
}

inline delivery::Deadline soon() { return delivery::Clock::now() + std::chrono::seconds(5); }

}  // namespace pmon::notify::test
