// SPDX-License-Identifier: Apache-2.0
#include "notify/notification_json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/rfc3339.h"
#include "notify/notification_parts.h"

namespace pmon::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kReplaceBadBytes = Json::error_handler_t::replace;
constexpr std::string_view kNoTime = "0001-01-01T00:00:00Z";  // Go's zero time: the alert has no end yet

Json json_of(const Labels& labels) {
  Json out = Json::object();
  for (const auto& [name, value] : labels) out[name] = value;
  return out;
}

Json json_of(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return value;
}

Json alert_json(const AlertNotice& alert, const std::string& external_url) {
  return {{"status", status_of(alert)},
          {"labels", json_of(alert.labels)},
          {"annotations", json_of(alert.annotations)},
          {"startsAt", alerts::format_rfc3339(alert.active_since)},
          {"endsAt", is_firing(alert) ? std::string(kNoTime) : alerts::format_rfc3339(alert.time)},
          {"generatorURL", external_url},
          {"fingerprint", fingerprint(alert.labels)}};
}

void add_own_keys(Json& json, const AlertNotice& alert) {
  json["reason"] = alert.reason;
  json["value"] = json_of(alert.value);
  json["ts"] = alert.time;
  if (!alert.receiver.empty()) json["receiver"] = alert.receiver;
}

std::string body(const Notification& notification, const WebhookForm& form, bool own_keys) {
  Json list = Json::array();
  const std::size_t all = notification.alerts.size();
  const std::size_t shown = form.max_alerts == 0 ? all : std::min(form.max_alerts, all);
  for (std::size_t i = 0; i < shown; ++i) {
    list.push_back(alert_json(notification.alerts[i], form.external_url));
    if (own_keys) add_own_keys(list.back(), notification.alerts[i]);
  }
  const Json json = {{"receiver", notification.receiver},
                     {"status", status_of(notification)},
                     {"alerts", std::move(list)},
                     {"groupLabels", json_of(notification.group_labels)},
                     {"commonLabels", json_of(notification.common_labels)},
                     {"commonAnnotations", json_of(notification.common_annotations)},
                     {"externalURL", form.external_url},
                     {"version", "4"},
                     {"groupKey", notification.group_key},
                     {"truncatedAlerts", all - shown}};
  return json.dump(-1, ' ', false, kReplaceBadBytes);
}

Labels labels_of(const Json& json) {
  Labels labels;
  for (const auto& [name, value] : json.items()) labels.set(name, value.get<std::string>());
  return labels;
}

double value_of(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const auto text = json.get<std::string>();
  const double infinity = std::numeric_limits<double>::infinity();
  return text == "+Inf" ? infinity : text == "-Inf" ? -infinity : std::numeric_limits<double>::quiet_NaN();
}

AlertNotice alert_of(const Json& json) {
  AlertNotice alert;
  alert.reason = json.at("reason").get<std::string>();
  alert.state = json.at("status") == "firing" ? AlertNotice::State::kFiring : AlertNotice::State::kResolved;
  alert.time = json.at("ts").get<Timestamp>();
  alert.active_since = alerts::parse_rfc3339(json.at("startsAt").get<std::string>()).value_or(alert.time);
  alert.value = value_of(json.at("value"));
  alert.labels = labels_of(json.at("labels"));
  alert.annotations = labels_of(json.at("annotations"));
  if (json.contains("receiver")) alert.receiver = json.at("receiver").get<std::string>();
  return alert;
}

}  // namespace

std::string fingerprint(const Labels& labels) {
  constexpr std::uint64_t kOffset = 14695981039346656037ULL;  // FNV-1a, 64 bits
  constexpr std::uint64_t kPrime = 1099511628211ULL;
  std::uint64_t hash = kOffset;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
    hash = (hash ^ 0xffU) * kPrime;
  };
  for (const auto& [name, value] : labels) {
    add(name);
    add(value);
  }
  return fmt::format("{:016x}", hash);
}

std::string webhook_body(const Notification& notification, const WebhookForm& form) {
  return body(notification, form, false);
}

std::string to_json(const Notification& notification, const std::string& external_url) {
  return body(notification, {external_url, 0}, true);
}

std::string alert_to_json(const AlertNotice& alert) {
  Json json = alert_json(alert, {});
  add_own_keys(json, alert);
  return json.dump(-1, ' ', false, kReplaceBadBytes);
}

Result<Notification> parse_notification(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Notification notification;
    notification.receiver = json.at("receiver").get<std::string>();
    notification.group_key = json.at("groupKey").get<std::string>();
    notification.group_labels = labels_of(json.at("groupLabels"));
    notification.common_labels = labels_of(json.at("commonLabels"));
    notification.common_annotations = labels_of(json.at("commonAnnotations"));
    for (const Json& alert : json.at("alerts")) notification.alerts.push_back(alert_of(alert));
    if (notification.alerts.empty()) return fail(ErrorKind::kFailed, "a notification without alerts");
    return notification;
  } catch (const Json::exception& error) {
    return fail(ErrorKind::kFailed, std::string("not a notification: ") + error.what());
  }
}

delivery::Item to_item(const Notification& notification) {
  return {to_json(notification), static_cast<std::uint32_t>(notification.alerts.size())};
}

}  // namespace pmon::notify
