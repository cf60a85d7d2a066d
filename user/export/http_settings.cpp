// SPDX-License-Identifier: Apache-2.0
#include "export/http_settings.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "delivery/http_config.h"
#include "delivery/http_url.h"

namespace pmon {

using config::YamlReader;
using YAML::Node;

namespace {

bool is_unreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~").find(c) != std::string_view::npos;
}

// RFC 9110's token.
bool is_header_name(std::string_view name) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !name.empty() && std::ranges::all_of(name, fits);
}

bool is_header_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; });
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

bool has_path(std::string_view url) {
  const auto parsed = delivery::HttpUrl::parse(std::string(url));
  return parsed && ((!parsed->path.empty() && parsed->path != "/") || !parsed->query.empty());
}

Settings HttpSettings::settings() {
  return {
      {"url", [this](YamlReader& yaml, const Node& node) { url = yaml.secret(node, "url"); }},
      {"http_config", [this](YamlReader& yaml, const Node& node) { http = delivery::read_http_config(yaml, node); }},
      {"headers",
       [this](YamlReader& yaml, const Node& node) {
         yaml.each_key(node, {}, "'headers'", [&](const std::string& name, const Node& value) {
           config::Secret secret = yaml.secret(value, name);
           if (!is_header_name(name)) yaml.error(value, fmt::format("'headers': '{}' is no name of a header", name));
           if (!is_header_value(secret.reveal())) {
             yaml.error(value, fmt::format("'headers': the value of '{}' has a control character", name));
           }
           headers.emplace_back(name, std::move(secret));
         });
       }},
      flag_setting("gzip", gzip),
  };
}

std::string HttpSettings::complaint() const {
  if (url.empty()) return "'url' is missing";
  if (delivery::HttpUrl::parse(url.reveal())) return {};
  return "'url' is no address such as http://host:8086 or https://host/path";
}

delivery::HttpRequest HttpSettings::request(std::string_view content_type, std::string_view path) const {
  std::string address = url.reveal();
  if (!path.empty() && address.ends_with('/')) address.pop_back();
  address += path;
  delivery::HttpRequest request;
  request.name = delivery::shown_url(address);
  request.url = config::Secret(std::move(address));
  request.content_type = content_type;
  request.gzip = gzip;
  for (const auto& [name, value] : headers) request.headers.emplace_back(name, value.reveal());
  return request;
}

}  // namespace pmon
