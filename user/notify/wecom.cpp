// SPDX-License-Identifier: Apache-2.0
#include "notify/wecom.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "notify/http_post.h"
#include "notify/notification_parts.h"

namespace pmon::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestContent = 4096;  // bytes of UTF-8
constexpr std::size_t kLongestTitle = 200;
// -1 busy; 45009 told too much; 45033 too much at once.
constexpr std::array<int, 3> kRetryCodes = {-1, 45009, 45033};

}  // namespace

std::string wecom_body(const Notification& notification, const WeComOptions& options) {
  // "info" is WeCom's green, "warning" its orange.
  const std::string_view color = status_of(notification) == "firing" ? "warning" : "info";
  const std::string head = fmt::format("**<font color=\"{}\">{}</font>**\n", color,
                                       title_text(options.title, notification, markdown, kLongestTitle));
  std::string mentions;
  for (const std::string& user : options.mention_users) mentions += fmt::format(" <@{}>", user);
  if (!mentions.empty()) mentions.insert(0, "\n");
  const Room room{kLongestContent - head.size() - mentions.size()};
  const std::string content = head + roll_up(notification, options.text, markdown, room) + mentions;
  const Json json = {{"msgtype", "markdown"}, {"markdown", {{"content", content}}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

WeComNotifier::WeComNotifier(WeComOptions options, const Surroundings& surroundings)
    : options_(std::move(options)),
      now_(surroundings.steady),
      budget_(kRobotMessages, kRobotWindow),
      client_(options_.http) {}

delivery::Outcome WeComNotifier::notify(const Notification& notification, delivery::Deadline deadline) {
  if (const auto wait = budget_.spend(now_())) {
    return delivery::Outcome::retry("WeCom takes 20 messages a minute", wait);
  }
  const std::string body = wecom_body(notification, options_);
  const delivery::HttpRequest request = json_post(options_.url, body);
  return outcome_of_errcode(request, client_.send(request, deadline), kRetryCodes);
}

MakeNotifier read_wecom(SectionReader& section, const YAML::Node& node) {
  constexpr std::array<std::string_view, 6> kKeys = {"url",   "url_file", "mention_users",
                                                     "title", "text",     "http_config"};
  WeComOptions options;
  options.http = section.default_http();
  section.keys(node, kKeys, [&](const std::string& key, const YAML::Node& value) {
    if (key == "url") options.url = section.url(value, key);
    if (key == "url_file") options.url = section.url_file(value, key);
    if (key == "mention_users") options.mention_users = section.mentions(value, key);
    if (key == "title") options.title = section.message_template(value, key, MessageTemplate::About::kMessage);
    if (key == "text") options.text = section.message_template(value, key, MessageTemplate::About::kAlert);
    if (key == "http_config") options.http = section.http(value);
  });
  section.need_one_of(node, {"url", "url_file"});
  return [options](const Surroundings& surroundings) { return std::make_unique<WeComNotifier>(options, surroundings); };
}

}  // namespace pmon::notify
