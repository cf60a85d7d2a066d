// SPDX-License-Identifier: Apache-2.0
#include "delivery/http_config.h"

#include <array>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "config/read_file.h"

namespace pmon::delivery {
namespace {

constexpr std::array<std::string_view, 8> kKeys = {"basic_auth",        "authorization", "bearer_token",
                                                   "bearer_token_file", "tls_config",    "proxy_url",
                                                   "follow_redirects",  "enable_http2"};
constexpr std::array<std::string_view, 3> kBasicAuth = {"username", "password", "password_file"};
constexpr std::array<std::string_view, 3> kAuthorization = {"type", "credentials", "credentials_file"};
constexpr std::array<std::string_view, 5> kTls = {"ca_file", "cert_file", "key_file", "server_name",
                                                  "insecure_skip_verify"};

class Reading {
 public:
  explicit Reading(config::YamlReader& yaml) : yaml_(yaml) {}

  HttpOptions read(const YAML::Node& node) {
    yaml_.each_key(node, kKeys, "http_config", [&](const std::string& key, const YAML::Node& value) {
      if (key == "basic_auth") read_basic_auth(value);
      if (key == "authorization") read_authorization(value);
      if (key == "bearer_token") set_authorization(value, yaml_.secret(value, key));
      if (key == "bearer_token_file") set_authorization(value, secret_file(value, key));
      if (key == "tls_config") read_tls(value);
      if (key == "proxy_url") read_proxy(value);
      if (key == "follow_redirects") options_.follow_redirects = yaml_.flag(value, key);
      if (key == "enable_http2" && yaml_.flag(value, key)) {
        yaml_.warning(value, "'enable_http2' has no effect: pmon speaks HTTP/1.1");
      }
    });
    return std::move(options_);
  }

 private:
  void read_basic_auth(const YAML::Node& node) {
    claim(node);
    yaml_.each_key(node, kBasicAuth, "basic_auth", [&](const std::string& key, const YAML::Node& value) {
      if (key == "username") {
        options_.user = yaml_.expanded(value, key);
        return;
      }
      if (password_seen_) yaml_.error(value, "'password' and 'password_file' exclude each other");
      password_seen_ = true;
      options_.password = key == "password" ? yaml_.secret(value, key) : secret_file(value, key);
    });
    if (options_.user.empty()) yaml_.error(node, "'basic_auth' needs a 'username'");
  }

  void read_authorization(const YAML::Node& node) {
    bool credentials = false;
    yaml_.each_key(node, kAuthorization, "authorization", [&](const std::string& key, const YAML::Node& value) {
      if (key == "type") return read_type(value);
      if (credentials) yaml_.error(value, "'credentials' and 'credentials_file' exclude each other");
      credentials = true;
      options_.authorization = key == "credentials" ? yaml_.secret(value, key) : secret_file(value, key);
    });
    claim(node);
    if (!credentials) yaml_.error(node, "'authorization' needs 'credentials' or 'credentials_file'");
  }

  void read_type(const YAML::Node& node) {
    options_.authorization_type = yaml_.text(node, "type");
    if (options_.authorization_type == "Basic" || options_.authorization_type == "basic") {
      yaml_.error(node, "'type': for Basic write 'basic_auth' with 'username' and 'password'");
    } else if (options_.authorization_type.empty() || options_.authorization_type.find(' ') != std::string::npos) {
      yaml_.error(node, "'type' must be one word, such as Bearer");
    }
  }

  void set_authorization(const YAML::Node& node, config::Secret secret) {
    claim(node);
    options_.authorization = std::move(secret);
  }

  void read_tls(const YAML::Node& node) {
    yaml_.each_key(node, kTls, "tls_config", [&](const std::string& key, const YAML::Node& value) {
      if (key == "ca_file") options_.ca_file = readable_file(value, key);
      if (key == "cert_file") options_.cert_file = readable_file(value, key);
      if (key == "key_file") options_.key_file = readable_file(value, key);
      if (key == "server_name") options_.server_name = yaml_.expanded(value, key);
      if (key == "insecure_skip_verify") options_.insecure_skip_verify = yaml_.flag(value, key);
    });
    if (options_.cert_file.empty() != options_.key_file.empty()) {
      yaml_.error(node, "'cert_file' and 'key_file' need each other");
    }
  }

  void read_proxy(const YAML::Node& node) {
    options_.proxy_url = yaml_.expanded(node, "proxy_url");
    constexpr std::array<std::string_view, 4> kSchemes = {"http://", "https://", "socks5://", "socks5h://"};
    for (const std::string_view scheme : kSchemes) {
      if (options_.proxy_url.starts_with(scheme) && options_.proxy_url.size() > scheme.size()) return;
    }
    yaml_.error(node, fmt::format("'proxy_url' must begin with one of: {}", fmt::join(kSchemes, ", ")));
  }

  // There is one way to say who one is.
  void claim(const YAML::Node& node) {
    if (identified_) yaml_.error(node, "only one of basic_auth, authorization, bearer_token and bearer_token_file");
    identified_ = true;
  }

  // As Prometheus has it, beside the file that names it.
  std::string path(const YAML::Node& node, std::string_view key) {
    const std::string written = yaml_.expanded(node, key);
    if (written.empty()) {
      yaml_.error(node, fmt::format("'{}' must name a file", key));
      return {};
    }
    return std::filesystem::path(yaml_.position(node).file).parent_path() / written;
  }

  config::Secret secret_file(const YAML::Node& node, std::string_view key) {
    const std::string file = path(node, key);
    if (file.empty()) return {};
    auto secret = config::resolve_secret("file:" + file);
    yaml_.source()->mark_read(yaml_.offset(node), secret ? secret->reveal() : "");
    if (secret) return std::move(*secret);
    yaml_.error(node, fmt::format("'{}': {}", key, secret.error().message));
    return {};
  }

  std::string readable_file(const YAML::Node& node, std::string_view key) {
    std::string file = path(node, key);
    if (file.empty()) return file;
    if (const auto text = config::read_file(file, "file"); !text) {
      yaml_.error(node, fmt::format("'{}': {}", key, text.error().message));
    }
    return file;
  }

  config::YamlReader& yaml_;
  HttpOptions options_;
  bool identified_ = false;
  bool password_seen_ = false;
};

}  // namespace

HttpOptions read_http_config(config::YamlReader& yaml, const YAML::Node& node) { return Reading(yaml).read(node); }

}  // namespace pmon::delivery
