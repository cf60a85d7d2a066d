// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "pmon/result.h"

namespace pmon::http {

// Go's names of what a client's certificate is asked for.
enum class ClientAuth : std::uint8_t {
  kNoClientCert,
  kRequestClientCert,           // asked for; any or none will do
  kRequireAnyClientCert,        // any will do
  kVerifyClientCertIfGiven,     // none will do; one must be of client_ca_file
  kRequireAndVerifyClientCert,  // one of client_ca_file
};

enum class TlsVersion : std::uint8_t { kTls10, kTls11, kTls12, kTls13 };

struct TlsConfig {
  std::string cert_file;
  std::string key_file;
  std::string client_ca_file;  // "" where there is none
  ClientAuth client_auth = ClientAuth::kNoClientCert;
  TlsVersion min_version = TlsVersion::kTls12;
  TlsVersion max_version = TlsVersion::kTls13;
  std::vector<std::string> cipher_suites;      // IANA names, up to TLS 1.2; empty: the library's choice
  std::vector<std::string> curve_preferences;  // OpenSSL names; empty: the library's choice
  bool prefer_server_cipher_suites = true;
};

// Prometheus's web configuration file: https://prometheus.io/docs/prometheus/latest/configuration/https/
struct WebConfig {
  std::optional<TlsConfig> tls;
  std::vector<Field> headers;                // sent with every answer
  std::map<std::string, std::string> users;  // name, bcrypt hash; empty: nobody is asked
};

// Strict: what is unknown is an error, and what the format has and this server has not is an error that says so.
// Relative names of files are taken from the folder of `file`. Errors are kUsage, each with its place.
[[nodiscard]] Result<WebConfig> parse_web_config(std::string_view yaml, const std::string& file);
[[nodiscard]] Result<WebConfig> load_web_config(const std::string& file);

}  // namespace pmon::http
