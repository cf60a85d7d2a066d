// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "monitor/saved_alerts.h"
#include "recording/checksum.h"
#include "recording/json_integer.h"

namespace pmon::monitor {

namespace {

using Json = nlohmann::ordered_json;
using recording::integer_of;
using recording::time_of;

constexpr int kSavedVersion = 1;
constexpr std::string_view kEnd = "}\n";

// What stands before the payload; it has one form only, so that a checksum of the very bytes is possible and the
// whole is still JSON.
std::string head(int version, std::uint32_t crc) {
  return fmt::format("{{\"version\":{},\"crc32\":\"{:08x}\",\"payload\":", version, crc);
}

Json json_of(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

double number_of(const Json& json) {
  if (!json.is_string()) return json.get<double>();
  const auto text = json.get<std::string>();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return text == "+Inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

Json json_of(const Labels& labels) {
  Json json = Json::object();
  for (const auto& [name, value] : labels) json[name] = value;
  return json;
}

Labels labels_of(const Json& json) {
  Labels labels;
  for (const auto& [name, value] : json.items()) labels.set(name, value.get<std::string>());
  return labels;
}

Json json_of(const alerts::AlertMemory& alert) {
  const bool firing = alert.state == alerts::ActiveAlert::State::kFiring;
  Json json = {{"state", firing ? "firing" : "pending"},
               {"labels", json_of(alert.labels)},
               {"sample_labels", json_of(alert.sample_labels)},
               {"value", json_of(alert.value)},
               {"active_since", alert.active_since},
               {"process", alert.process}};
  if (alert.keep_firing_since) json["keep_firing_since"] = *alert.keep_firing_since;
  return json;
}

alerts::AlertMemory alert_of(const Json& json) {
  using State = alerts::ActiveAlert::State;
  alerts::AlertMemory alert;
  alert.state = json.at("state").get<std::string>() == "firing" ? State::kFiring : State::kPending;
  alert.labels = labels_of(json.at("labels"));
  alert.sample_labels = labels_of(json.at("sample_labels"));
  alert.value = number_of(json.at("value"));
  alert.active_since = time_of(json.at("active_since"));
  alert.process = integer_of<std::uint64_t>(json.at("process"));
  if (json.contains("keep_firing_since")) alert.keep_firing_since = time_of(json["keep_firing_since"]);
  return alert;
}

Json json_of(const alerts::EngineMemory& engine) {
  Json rules = Json::array();
  for (const alerts::RuleMemory& rule : engine.rules) {
    Json alerts = Json::array();
    for (const alerts::AlertMemory& alert : rule.alerts) alerts.push_back(json_of(alert));
    // Pairs, for their order tells rules apart.
    rules.push_back({{"alert", rule.alert},
                     {"expr", rule.expr},
                     {"labels", Json(rule.labels)},
                     {"annotations", Json(rule.annotations)},
                     {"alerts", std::move(alerts)}});
  }
  return {{"time", engine.time}, {"rules", std::move(rules)}};
}

alerts::EngineMemory engine_of(const Json& json) {
  alerts::EngineMemory engine{time_of(json.at("time")), {}};
  for (const Json& one : json.at("rules")) {
    alerts::RuleMemory& rule = engine.rules.emplace_back();
    rule.alert = one.at("alert").get<std::string>();
    rule.expr = one.at("expr").get<std::string>();
    rule.labels = one.at("labels").get<alerts::RuleMemory::Texts>();
    rule.annotations = one.at("annotations").get<alerts::RuleMemory::Texts>();
    for (const Json& alert : one.at("alerts")) rule.alerts.push_back(alert_of(alert));
  }
  return engine;
}

Json json_of(const routing::RouterMemory& router) {
  Json groups = Json::array();
  for (const auto& group : router.groups) groups.push_back({{"key", group.key}, {"due", group.due}});
  Json all = Json::array();
  for (const auto& told : router.told) {
    Json& one = all.emplace_back();
    one = {{"receiver", told.receiver}, {"group", told.group_key}, {"labels", json_of(told.labels)}, {"at", told.at}};
    if (!told.ended) continue;
    one["ended"] = {{"reason", told.ended->reason},
                    {"value", json_of(told.ended->value)},
                    {"active_since", told.ended->active_since},
                    {"annotations", json_of(told.ended->annotations)}};
  }
  return {{"groups", std::move(groups)}, {"told", std::move(all)}};
}

routing::RouterMemory router_of(const Json& json) {
  routing::RouterMemory router;
  for (const Json& one : json.at("groups")) {
    router.groups.push_back({one.at("key").get<std::string>(), time_of(one.at("due"))});
  }
  for (const Json& one : json.at("told")) {
    auto& told = router.told.emplace_back();
    told.receiver = one.at("receiver").get<std::string>();
    told.group_key = one.at("group").get<std::string>();
    told.labels = labels_of(one.at("labels"));
    told.at = time_of(one.at("at"));
    if (!one.contains("ended")) continue;
    const Json& ended = one["ended"];
    told.ended = routing::Resolution{ended.at("reason").get<std::string>(), number_of(ended.at("value")),
                                     time_of(ended.at("active_since")), labels_of(ended.at("annotations"))};
  }
  return router;
}

SavedAlerts saved_of(const Json& json) {
  SavedAlerts saved;
  const Json& at = json.at("saved_at");
  saved.saved_at = {time_of(at.at("now")), integer_of<std::uint64_t>(at.at("boottime_ns")), time_of(at.at("wall"))};
  saved.boot_id = json.at("boot_id").get<std::string>();
  saved.engine = engine_of(json.at("engine"));
  saved.router = router_of(json.at("router"));
  return saved;
}

// The number behind a head's first key; absent where the text does not begin as any version does.
std::optional<int> version_of(std::string_view text) {
  constexpr std::string_view kBegin = "{\"version\":";
  if (!text.starts_with(kBegin)) return std::nullopt;
  int version = 0;
  const auto read = std::from_chars(text.data() + kBegin.size(), text.data() + text.size(), version);
  if (read.ec != std::errc()) return std::nullopt;
  return version;
}

std::unexpected<Error> damaged(std::string what) { return fail(ErrorKind::kFailed, std::move(what)); }

}  // namespace

std::string saved_alerts_text(const SavedAlerts& saved) {
  const Json payload = {
      {"saved_at",
       {{"now", saved.saved_at.now}, {"boottime_ns", saved.saved_at.boottime_ns}, {"wall", saved.saved_at.wall}}},
      {"boot_id", saved.boot_id},
      {"engine", json_of(saved.engine)},
      {"router", json_of(saved.router)}};
  const std::string text = payload.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fmt::format("{}{}{}", head(kSavedVersion, recording::checksum(text)), text, kEnd);
}

Result<SavedAlerts> parse_saved_alerts(std::string_view text) {
  const std::optional<int> version = version_of(text);
  if (!version) return damaged("it does not begin as such a file does");
  if (*version != kSavedVersion) {
    return damaged(fmt::format("it is of version {}, and this pmon reads version {}", *version, kSavedVersion));
  }
  const std::size_t head_size = head(kSavedVersion, 0).size();
  if (text.size() < head_size + kEnd.size() || !text.ends_with(kEnd)) return damaged("it ends too early");
  const std::string_view payload = text.substr(head_size, text.size() - head_size - kEnd.size());
  if (!text.starts_with(head(kSavedVersion, recording::checksum(payload)))) return damaged("its checksum is wrong");
  try {
    return saved_of(Json::parse(payload));
  } catch (const Json::exception& error) {
    return damaged(fmt::format("its content is not what it should be: {}", error.what()));
  }
}

}  // namespace pmon::monitor
