// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "notify/email.h"

namespace pmon::notify {
namespace {

constexpr std::uint16_t kSmtpsPort = 465;

constexpr std::array<std::string_view, 13> kKeys = {"to",
                                                    "from",
                                                    "smarthost",
                                                    "hello",
                                                    "auth_username",
                                                    "auth_password",
                                                    "auth_password_file",
                                                    "auth_identity",
                                                    "require_tls",
                                                    "tls_config",
                                                    "headers",
                                                    "html",
                                                    "text"};
constexpr std::array<std::string_view, 1> kUnsupported = {"auth_secret"};

class EmailReader {
 public:
  explicit EmailReader(SectionReader& section) : section_(section), yaml_(section.yaml()) {}

  EmailOptions read(const YAML::Node& node) {
    for (const std::string_view key : {"from", "hello", "smarthost", "auth_username", "auth_password",
                                       "auth_password_file", "auth_identity", "require_tls"}) {
      if (const YAML::Node* value = section_.global("smtp_" + std::string(key))) set("smtp_", std::string(key), *value);
    }
    section_.keys(
        node, kKeys, [this](const std::string& key, const YAML::Node& value) { set("", key, value); }, kUnsupported);
    section_.need_one_of(node, {"to"});
    section_.need_one_of_or_global(node, {"from"}, {"smtp_from"});
    section_.need_one_of_or_global(node, {"smarthost"}, {"smtp_smarthost"});
    return std::move(options_);
  }

 private:
  void set(std::string_view prefix, const std::string& key, const YAML::Node& value) {
    const std::string name = std::string(prefix) + key;
    if (key == "to") options_.to = addresses(value, name);
    if (key == "from") options_.from = addresses(value, name);
    if (key == "smarthost") set_smarthost(value, name);
    if (key == "hello") options_.hello = one_word(value, name);
    if (key == "auth_username") options_.auth_username = yaml_.expanded(value, name);
    if (key == "auth_identity") options_.auth_identity = yaml_.expanded(value, name);
    if (key == "auth_password") options_.auth_password = yaml_.secret(value, name);
    if (key == "auth_password_file") options_.auth_password = section_.secret_file(value, name);
    if (key == "require_tls") options_.require_tls = yaml_.flag(value, name);
    if (key == "tls_config") {
      YAML::Node http;
      http[key] = value;
      options_.tls = section_.http(http);
    }
    if (key == "headers") set_headers(value);
    if (key == "html") options_.html = section_.message_template(value, key, MessageTemplate::About::kAlert);
    if (key == "text") options_.text = section_.message_template(value, key, MessageTemplate::About::kAlert);
  }

  std::string addresses(const YAML::Node& value, const std::string& name) {
    std::string list = yaml_.expanded(value, name);
    if (!mail_addresses(list)) yaml_.error(value, fmt::format("'{}': not a list of mail addresses: '{}'", name, list));
    return list;
  }

  // It becomes part of an address.
  std::string one_word(const YAML::Node& value, const std::string& name) {
    std::string word = yaml_.expanded(value, name);
    const bool fine = !word.empty() && word.find_first_not_of(
                                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789.-_:[]") == std::string::npos;
    if (!fine) yaml_.error(value, fmt::format("'{}': not the name of a host: '{}'", name, word));
    return word;
  }

  void set_smarthost(const YAML::Node& value, const std::string& name) {
    const std::string text = one_word(value, name);
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(colon == std::string::npos ? end : text.data() + colon + 1, end, port);
    if (colon == std::string::npos || colon == 0 || read.ec != std::errc() || read.ptr != end || port == 0) {
      return yaml_.error(value, fmt::format("'{}' must be a host and a port, such as mail.example.org:587", name));
    }
    options_.host = text.substr(0, colon);
    if (options_.host.starts_with('[') && options_.host.ends_with(']')) {
      options_.host = options_.host.substr(1, options_.host.size() - 2);
    }
    options_.port = port;
    options_.implicit_tls = port == kSmtpsPort;
  }

  void set_headers(const YAML::Node& map) {
    yaml_.each_key(map, {}, "'headers'", [this](const std::string& name, const YAML::Node& value) {
      if (!is_header_name(name)) return yaml_.error(value, fmt::format("'{}' is no name of a header", name));
      const std::string lower = lower_case(name);
      for (const std::string_view own : {"to", "from", "date", "message-id", "mime-version", "content-type",
                                         "content-transfer-encoding", "auto-submitted"}) {
        if (lower == own) return yaml_.error(value, fmt::format("the header '{}' is pmon's own to write", name));
      }
      MessageTemplate text = section_.message_template(value, name, MessageTemplate::About::kMessage);
      if (lower == "subject") {
        options_.subject = std::move(text);
      } else {
        options_.headers.insert_or_assign(name, std::move(text));
      }
    });
  }

  static std::string lower_case(std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return text;
  }

  SectionReader& section_;
  config::YamlReader& yaml_;
  EmailOptions options_;
};

}  // namespace

MakeNotifier read_email(SectionReader& section, const YAML::Node& node) {
  const EmailOptions options = EmailReader(section).read(node);
  return [options](const Surroundings& surroundings) { return std::make_unique<EmailNotifier>(options, surroundings); };
}

}  // namespace pmon::notify
