// SPDX-License-Identifier: Apache-2.0
#include "http/web_config.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "config/read_file.h"
#include "config/yaml_reader.h"
#include "http/bcrypt.h"

namespace pmon::http {
namespace {

constexpr auto kSections =
    std::to_array<std::string_view>({"tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"});
constexpr auto kTlsKeys = std::to_array<std::string_view>(
    {"cert_file", "key_file", "client_auth_type", "client_ca_file", "min_version", "max_version", "cipher_suites",
     "prefer_server_cipher_suites", "curve_preferences", "cert", "key", "client_ca", "client_allowed_sans"});
constexpr auto kUnsupportedTlsKeys =
    std::to_array<std::string_view>({"cert", "key", "client_ca", "client_allowed_sans"});
constexpr auto kHttpKeys = std::to_array<std::string_view>({"http2", "headers"});
constexpr auto kHeaders =
    std::to_array<std::string_view>({"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options",
                                     "X-XSS-Protection", "Strict-Transport-Security"});
constexpr auto kClientAuthTypes =
    std::to_array<std::string_view>({"NoClientCert", "RequestClientCert", "RequireAnyClientCert",
                                     "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"});
constexpr auto kVersions = std::to_array<std::string_view>({"TLS10", "TLS11", "TLS12", "TLS13"});
constexpr auto kCurves = std::to_array<std::string_view>({"CurveP256", "CurveP384", "CurveP521", "X25519"});
constexpr auto kOpenSslCurves = std::to_array<std::string_view>({"P-256", "P-384", "P-521", "X25519"});

class WebConfigReader {
 public:
  WebConfigReader(std::string_view yaml, const std::string& file)
      : reader_(yaml, file), folder_(std::filesystem::path(file).parent_path()) {}

  Result<WebConfig> read() {
    reader_.run([this](const YAML::Node& root) {
      reader_.each_key(root, kSections, "the web configuration",
                       [this](const std::string& key, const YAML::Node& node) { read_section(key, node); });
    });
    if (reader_.error_count() > 0) return fail(ErrorKind::kUsage, config::text_of(reader_.errors()));
    return std::move(config_);
  }

 private:
  void read_section(const std::string& key, const YAML::Node& node) {
    if (key == "tls_server_config") {
      read_tls(node);
    } else if (key == "http_server_config") {
      reader_.each_key(node, kHttpKeys, key,
                       [this](const std::string& name, const YAML::Node& value) { read_http(name, value); });
    } else if (key == "basic_auth_users") {
      reader_.each_key(node, {}, key,
                       [this](const std::string& name, const YAML::Node& value) { read_user(name, value); });
    } else {
      reader_.error(node, fmt::format("'{}' is not supported here: leave it out", key));
    }
  }

  void read_tls(const YAML::Node& node) {
    TlsConfig tls;
    reader_.each_key(
        node, kTlsKeys, "tls_server_config", [this, &tls](const std::string& key, const YAML::Node& value) {
          if (std::ranges::find(kUnsupportedTlsKeys, key) != kUnsupportedTlsKeys.end()) {
            const bool inline_text = key != "client_allowed_sans";
            reader_.error(value, fmt::format("'{}' is not supported here{}", key,
                                             inline_text ? fmt::format(": name a file with '{}_file'", key) : ""));
          } else {
            read_tls_key(tls, key, value);
          }
        });
    if (tls.cert_file.empty() != tls.key_file.empty() || (tls.cert_file.empty() && node.size() > 0)) {
      reader_.error(node, "tls_server_config needs both 'cert_file' and 'key_file'");
    }
    const bool verifies = tls.client_auth == ClientAuth::kVerifyClientCertIfGiven ||
                          tls.client_auth == ClientAuth::kRequireAndVerifyClientCert;
    if (verifies && tls.client_ca_file.empty()) {
      reader_.error(node, fmt::format("client_auth_type '{}' needs a 'client_ca_file'",
                                      kClientAuthTypes[static_cast<std::size_t>(tls.client_auth)]));
    } else if (!verifies && !tls.client_ca_file.empty()) {
      reader_.error(node,
                    "'client_ca_file' has no effect without client_auth_type RequireAndVerifyClientCert or "
                    "VerifyClientCertIfGiven");
    }
    if (tls.min_version > tls.max_version) reader_.error(node, "'min_version' is above 'max_version'");
    if (!tls.cert_file.empty()) config_.tls = std::move(tls);
  }

  void read_tls_key(TlsConfig& tls, const std::string& key, const YAML::Node& value) {
    if (key == "cert_file") tls.cert_file = path(value, key);
    if (key == "key_file") tls.key_file = path(value, key);
    if (key == "client_ca_file") tls.client_ca_file = path(value, key);
    if (key == "client_auth_type") {
      tls.client_auth = static_cast<ClientAuth>(reader_.one_of(value, key, kClientAuthTypes));
    }
    if (key == "min_version") tls.min_version = static_cast<TlsVersion>(reader_.one_of(value, key, kVersions));
    if (key == "max_version") tls.max_version = static_cast<TlsVersion>(reader_.one_of(value, key, kVersions));
    if (key == "prefer_server_cipher_suites") tls.prefer_server_cipher_suites = reader_.flag(value, key);
    if (key == "cipher_suites") {
      reader_.each_item(value, key,
                        [&](const YAML::Node& item) { tls.cipher_suites.push_back(reader_.text(item, key)); });
    }
    if (key == "curve_preferences") {
      reader_.each_item(value, key, [&](const YAML::Node& item) {
        tls.curve_preferences.emplace_back(kOpenSslCurves[reader_.one_of(item, key, kCurves)]);
      });
    }
  }

  void read_http(const std::string& key, const YAML::Node& node) {
    if (key == "http2") {
      if (reader_.flag(node, key)) reader_.error(node, "HTTP/2 is not supported here: write 'http2: false'");
      return;
    }
    reader_.each_key(node, kHeaders, "headers", [this](const std::string& name, const YAML::Node& value) {
      const std::string text = reader_.text(value, name);
      if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
        reader_.error(value, fmt::format("'{}' has a control character", name));
      } else if (name == "X-Content-Type-Options" && text != "nosniff" && !text.empty()) {
        reader_.error(value, fmt::format("'{}' can only be nosniff", name));
      } else if (name == "X-Frame-Options" && text != "deny" && text != "sameorigin" && !text.empty()) {
        reader_.error(value, fmt::format("'{}' can only be deny or sameorigin", name));
      } else if (!text.empty()) {
        config_.headers.emplace_back(name, text);
      }
    });
  }

  void read_user(const std::string& name, const YAML::Node& value) {
    const std::string hash = reader_.text(value, "password of " + name);
    if (const std::string wrong = bcrypt_complaint(hash); !wrong.empty()) {
      reader_.error(value, fmt::format("user '{}': {} (make one with 'htpasswd -nBC 10 {}')", name, wrong, name));
    } else if (name.find(':') != std::string::npos) {
      reader_.error(value, fmt::format("user '{}': basic authentication allows no ':' in a name", name));
    }
    config_.users.emplace(name, hash);
  }

  std::string path(const YAML::Node& node, std::string_view key) {
    const std::filesystem::path written = reader_.text(node, key);
    return written.empty() || written.is_absolute() ? written : folder_ / written;
  }

  config::YamlReader reader_;
  std::filesystem::path folder_;
  WebConfig config_;
};

}  // namespace

Result<WebConfig> parse_web_config(std::string_view yaml, const std::string& file) {
  return WebConfigReader(yaml, file).read();
}

Result<WebConfig> load_web_config(const std::string& file) {
  const auto text = config::read_file(file, "web configuration file");
  if (!text) return std::unexpected(text.error());
  return parse_web_config(*text, file);
}

}  // namespace pmon::http
