// SPDX-License-Identifier: Apache-2.0
#include "notify/dingtalk.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "notify/crypto.h"
#include "notify/http_post.h"

namespace pmon::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLargestBody = 20000;
constexpr std::size_t kLongestTitle = 200;
// -1 busy; the others: told too much, or too fast.
constexpr std::array<int, 3> kRetryCodes = {-1, 130101, 410100};

Json message(const std::string& title, const std::string& text, const DingTalkOptions& options) {
  return {{"msgtype", "markdown"},
          {"markdown", {{"title", title}, {"text", text}}},
          {"at", {{"atMobiles", options.mention_mobiles}, {"isAtAll", options.mention_all}}}};
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

config::Secret signed_dingtalk_url(const config::Secret& url, const config::Secret& secret, Timestamp now) {
  if (secret.empty()) return url;
  const std::string sign =
      url_encoded(base64(hmac_sha256(secret.reveal(), fmt::format("{}\n{}", now, secret.reveal()))));
  const char joint = url.reveal().find('?') == std::string::npos ? '?' : '&';
  return config::Secret(fmt::format("{}{}timestamp={}&sign={}", url.reveal(), joint, now, sign));
}

std::string dingtalk_body(const Notification& notification, const DingTalkOptions& options) {
  const std::string title = title_text(options.title, notification, markdown, kLongestTitle);
  const std::string head = "### " + title + "\n\n";
  std::string mentions;  // are shown only where the text has them, too
  for (const std::string& mobile : options.mention_mobiles) mentions += " @" + mobile;
  if (!mentions.empty()) mentions.insert(0, "\n\n");
  const std::size_t around = dump(message(title, head + mentions, options)).size();
  // Markdown joins the lines of a paragraph; a list keeps them apart.
  const Room room{kLargestBody - around - json_size("- "), json_size, "\n- "};
  return dump(message(title, head + "- " + roll_up(notification, options.text, markdown, room) + mentions, options));
}

DingTalkNotifier::DingTalkNotifier(DingTalkOptions options, const Surroundings& surroundings)
    : options_(std::move(options)),
      surroundings_(surroundings),
      budget_(kRobotMessages, kRobotWindow),
      client_(options_.http) {}

delivery::Outcome DingTalkNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  if (const auto wait = budget_.spend(surroundings_.steady())) {
    return delivery::Outcome::retry("DingTalk takes 20 messages a minute", wait);
  }
  const std::string body = dingtalk_body(notification, options_);
  delivery::HttpRequest request = json_post(options_.url, body);
  request.url = signed_dingtalk_url(options_.url, options_.secret, surroundings_.wall());
  return outcome_of_errcode(request, client_.send(request, deadline), kRetryCodes);
}

MakeNotifier read_dingtalk(SectionReader& section, const YAML::Node& node) {
  constexpr std::array<std::string_view, 9> kKeys = {
      "url", "url_file", "secret", "secret_file", "mention_mobiles", "mention_all", "title", "text", "http_config"};
  DingTalkOptions options;
  options.http = section.default_http();
  section.keys(node, kKeys, [&](const std::string& key, const YAML::Node& value) {
    if (key == "url") options.url = section.url(value, key);
    if (key == "url_file") options.url = section.url_file(value, key);
    if (key == "secret") options.secret = section.yaml().secret(value, key);
    if (key == "secret_file") options.secret = section.secret_file(value, key);
    if (key == "mention_mobiles") options.mention_mobiles = section.mentions(value, key);
    if (key == "mention_all") options.mention_all = section.yaml().flag(value, key);
    if (key == "title") options.title = section.message_template(value, key, MessageTemplate::About::kMessage);
    if (key == "text") options.text = section.message_template(value, key, MessageTemplate::About::kAlert);
    if (key == "http_config") options.http = section.http(value);
  });
  section.need_one_of(node, {"url", "url_file"});
  return
      [options](const Surroundings& surroundings) { return std::make_unique<DingTalkNotifier>(options, surroundings); };
}

}  // namespace pmon::notify
