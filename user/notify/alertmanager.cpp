// SPDX-License-Identifier: Apache-2.0
#include "notify/alertmanager.h"

#include <algorithm>
#include <array>
#include <utility>

#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "alerts/rfc3339.h"
#include "notify/http_post.h"
#include "notify/notification_parts.h"

namespace pmon::notify {
namespace {

using delivery::Outcome;
using Json = nlohmann::ordered_json;

// Prometheus's own figures (notifier.go, rules/alerting.go).
constexpr std::size_t kAlertsAPost = 64;
constexpr int kValidForDelays = 4;
constexpr Timestamp kRepeatsEndForMs = Timestamp{15} * 60 * 1000;

Json json_of(const Labels& labels) {
  Json out = Json::object();
  for (const auto& [name, value] : labels) out[name] = value;
  return out;
}

// The best news of all servers: one that took everything is enough.
bool is_better(const Outcome& a, const Outcome& b) { return a.kind < b.kind; }

}  // namespace

std::string post_alerts_body(std::span<const std::pair<const Labels, KnownAlert>* const> alerts, Timestamp valid_until,
                             const std::string& external_url) {
  Json list = Json::array();
  for (const auto* entry : alerts) {
    const auto& [labels, alert] = *entry;
    list.push_back({{"labels", json_of(labels)},
                    {"annotations", json_of(alert.annotations)},
                    {"startsAt", alerts::format_rfc3339(alert.starts_at)},
                    {"endsAt", alerts::format_rfc3339(alert.ended_at.value_or(valid_until))}});
    if (!external_url.empty()) list.back()["generatorURL"] = external_url;
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

AlertmanagerNotifier::AlertmanagerNotifier(AlertmanagerOptions options, const Surroundings& surroundings)
    : options_(std::move(options)), surroundings_(surroundings) {
  for (const config::Secret& url : options_.urls) {
    std::string base = url.reveal();
    while (base.ends_with('/')) base.pop_back();
    servers_.push_back({config::Secret(base + "/api/v2/alerts"), delivery::HttpClient(options_.http)});
  }
}

Outcome AlertmanagerNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  std::vector<Entry*> told;
  for (const AlertNotice& alert : notification.alerts) {
    const auto known = known_.find(alert.labels);
    const bool is_old = known != known_.end() && known->second.overtook && alert.time < known->second.as_of;
    told.push_back(is_old ? &*known : &know(alert));
  }
  return post(std::move(told), deadline);
}

void AlertmanagerNotifier::lost(const Notification& notification) {
  for (const AlertNotice& alert : notification.alerts) {
    const auto known = known_.find(alert.labels);
    if (known == known_.end() || known->second.as_of <= alert.time) {
      know(alert).second.overtook = true;
    }
  }
  forget_ended(surroundings_.wall());
}

AlertmanagerNotifier::Entry& AlertmanagerNotifier::know(const AlertNotice& alert) {
  const auto at = known_.try_emplace(alert.labels).first;
  KnownAlert& known = at->second;
  known.annotations = alert.annotations;
  known.starts_at = alert.active_since;
  known.ended_at = is_firing(alert) ? std::nullopt : std::optional(alert.time);
  known.last_sent = 0;
  known.as_of = alert.time;
  known.overtook = false;
  return *at;
}

void AlertmanagerNotifier::forget_ended(Timestamp now) {
  std::erase_if(known_, [now](const Entry& entry) {
    const auto& ended = entry.second.ended_at;
    return ended && now - *ended > kRepeatsEndForMs;
  });
}

Outcome AlertmanagerNotifier::refresh(delivery::Deadline deadline) {
  const Timestamp now = surroundings_.wall();
  forget_ended(now);
  // The queue's interval is the resend_delay already: only what was told a moment ago is left for the next time.
  const Timestamp recent = now - options_.resend_delay.count() / 2;
  std::vector<Entry*> due;
  for (Entry& entry : known_) {
    if (entry.second.last_sent <= recent || entry.second.last_sent > now) due.push_back(&entry);
  }
  return due.empty() ? Outcome::delivered() : post(std::move(due), deadline);
}

Outcome AlertmanagerNotifier::post(std::vector<Entry*> alerts, delivery::Deadline deadline) {
  const Timestamp now = surroundings_.wall();
  const Timestamp valid_until = now + kValidForDelays * options_.resend_delay.count();
  std::vector<std::string> bodies;
  for (std::size_t from = 0; from < alerts.size(); from += kAlertsAPost) {
    const std::vector<const Entry*> batch(
        alerts.begin() + static_cast<std::ptrdiff_t>(from),
        alerts.begin() + static_cast<std::ptrdiff_t>(std::min(from + kAlertsAPost, alerts.size())));
    bodies.push_back(post_alerts_body(batch, valid_until, surroundings_.external_url));
  }
  std::optional<Outcome> best;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    // Each server gets its share of the time, so that one that hangs leaves the others theirs.
    const auto begin = delivery::Clock::now();
    const auto share = (deadline - begin) / static_cast<std::int64_t>(servers_.size() - i);
    const Outcome outcome = post_to(servers_[i], bodies, begin + share);
    if (!best || is_better(outcome, *best)) best = outcome;
  }
  if (!best) return Outcome::rejected("no Alertmanager is configured");
  if (best->kind == Outcome::Kind::kDelivered) {
    for (Entry* entry : alerts) entry->second.last_sent = now;
  }
  return *best;
}

Outcome AlertmanagerNotifier::post_to(Server& server, std::span<const std::string> bodies,
                                      delivery::Deadline deadline) {
  for (const std::string& body : bodies) {
    delivery::HttpRequest request = json_post(server.url, body);
    request.name = delivery::shown_url(server.url.reveal());
    Outcome outcome = delivery::outcome_of(request, server.client.send(request, deadline));
    if (outcome.kind != Outcome::Kind::kDelivered) return outcome;
  }
  return Outcome::delivered();
}

MakeNotifier read_alertmanager(SectionReader& section, const YAML::Node& node) {
  constexpr std::array<std::string_view, 4> kKeys = {"url", "urls", "resend_delay", "http_config"};
  AlertmanagerOptions options;
  options.http = section.default_http();
  section.keys(node, kKeys, [&](const std::string& key, const YAML::Node& value) {
    if (key == "url") options.urls.push_back(section.url(value, key));
    if (key == "urls") {
      section.yaml().each_item(value, key,
                               [&](const YAML::Node& item) { options.urls.push_back(section.url(item, key)); });
      if (value.IsSequence() && value.size() == 0) section.yaml().error(value, "'urls' has no address");
    }
    if (key == "resend_delay")
      options.resend_delay = std::chrono::milliseconds(section.yaml().duration(value, key, false));
    if (key == "http_config") options.http = section.http(value);
  });
  section.need_one_of(node, {"url", "urls"});
  // What was told as firing and never as ended would stay there until it expires.
  if (!section.send_resolved()) section.yaml().error(node, "Alertmanager must hear of ends: remove 'send_resolved'");
  return [options](const Surroundings& surroundings) {
    return std::make_unique<AlertmanagerNotifier>(options, surroundings);
  };
}

}  // namespace pmon::notify
