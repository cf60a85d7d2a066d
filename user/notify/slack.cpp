// SPDX-License-Identifier: Apache-2.0
#include "notify/slack.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "notify/http_post.h"
#include "notify/notification_parts.h"

namespace pmon::notify {
namespace {

using delivery::Outcome;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestText = 4000;
constexpr std::size_t kLongestTitle = 300;
constexpr std::size_t kQuotedBytes = 200;
// Alertmanager's.
constexpr std::string_view kColor = R"({{ if eq $status "firing" }}danger{{ else }}good{{ end }})";

constexpr std::array<std::string_view, 14> kKeys = {"api_url",    "api_url_file", "channel", "username",   "icon_emoji",
                                                    "icon_url",   "link_names",   "color",   "title",      "text",
                                                    "title_link", "pretext",      "footer",  "http_config"};
constexpr std::array<std::string_view, 8> kUnsupported = {"actions",   "callback_id", "fallback",     "fields",
                                                          "image_url", "mrkdwn_in",   "short_fields", "thumb_url"};

void set_text(Json& json, const char* name, const std::string& text) {
  if (!text.empty()) json[name] = text;
}

// Words by which Slack says that it is not well itself, in an answer that counts as a success.
bool may_pass(std::string_view said) {
  for (const std::string_view word : {"rate_limited", "ratelimited", "internal_error", "service_unavailable"}) {
    if (said.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

SlackOptions::SlackOptions() : color(MessageTemplate::of(kColor, MessageTemplate::About::kMessage)) {}

std::string slack_body(const Notification& notification, const SlackOptions& options) {
  const auto expand = [&](const MessageTemplate& text) {
    return title_text(text, notification, slack_text, kLongestTitle);
  };
  const std::string title = expand(options.title);
  Json attachment = Json::object();
  // What notifications on a phone show; the title without Slack's own markup.
  attachment["fallback"] = title;
  set_text(attachment, "color", expand(options.color));
  set_text(attachment, "title", title);
  if (options.title_link) set_text(attachment, "title_link", expand(*options.title_link));
  if (options.pretext) set_text(attachment, "pretext", expand(*options.pretext));
  attachment["text"] = roll_up(notification, options.text, slack_text, {kLongestText});
  if (options.footer) set_text(attachment, "footer", expand(*options.footer));
  attachment["mrkdwn_in"] = {"pretext", "text"};

  Json json = Json::object();
  set_text(json, "channel", options.channel);
  set_text(json, "username", options.username);
  set_text(json, "icon_emoji", options.icon_emoji);
  set_text(json, "icon_url", options.icon_url);
  if (options.link_names) json["link_names"] = true;
  json["attachments"] = Json::array({std::move(attachment)});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Outcome outcome_of_slack(const delivery::HttpRequest& request, const Result<delivery::HttpResponse>& response) {
  Outcome outcome = delivery::outcome_of(request, response);
  if (outcome.kind != Outcome::Kind::kDelivered) return outcome;
  const std::string& said = response->body;
  if (said == "ok") return outcome;
  const auto json = nlohmann::json::parse(said, nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.contains("ok") && json["ok"] == true) return outcome;
  const std::string what = fmt::format("POST {}: not ok: {}", request.name,
                                       clipped(one_line(delivery::without_secrets(request, said)), kQuotedBytes));
  return may_pass(said) ? Outcome::retry(what) : Outcome::rejected(what);
}

SlackNotifier::SlackNotifier(SlackOptions options) : options_(std::move(options)), client_(options_.http) {}

Outcome SlackNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  const std::string body = slack_body(notification, options_);
  const delivery::HttpRequest request = json_post(options_.api_url, body);
  return outcome_of_slack(request, client_.send(request, deadline));
}

MakeNotifier read_slack(SectionReader& section, const YAML::Node& node) {
  SlackOptions options;
  options.http = section.default_http();
  const auto about_all = [&](const YAML::Node& value, const std::string& key) {
    return section.message_template(value, key, MessageTemplate::About::kMessage);
  };
  section.keys(
      node, kKeys,
      [&](const std::string& key, const YAML::Node& value) {
        if (key == "api_url") options.api_url = section.url(value, key);
        if (key == "api_url_file") options.api_url = section.url_file(value, key);
        if (key == "channel") options.channel = section.yaml().expanded(value, key);
        if (key == "username") options.username = section.yaml().expanded(value, key);
        if (key == "icon_emoji") options.icon_emoji = section.yaml().text(value, key);
        if (key == "icon_url") options.icon_url = section.yaml().text(value, key);
        if (key == "link_names") options.link_names = section.yaml().flag(value, key);
        if (key == "color") options.color = about_all(value, key);
        if (key == "title") options.title = about_all(value, key);
        if (key == "text") options.text = section.message_template(value, key, MessageTemplate::About::kAlert);
        if (key == "title_link") options.title_link = about_all(value, key);
        if (key == "pretext") options.pretext = about_all(value, key);
        if (key == "footer") options.footer = about_all(value, key);
        if (key == "http_config") options.http = section.http(value);
      },
      kUnsupported);
  section.need_one_of_or_global(node, {"api_url", "api_url_file"}, {"slack_api_url", "slack_api_url_file"});
  if (options.api_url.empty()) options.api_url = section.global_url("slack_api_url");
  return [options](const Surroundings&) { return std::make_unique<SlackNotifier>(options); };
}

}  // namespace pmon::notify
