// SPDX-License-Identifier: Apache-2.0
#include "http/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::http::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr std::string_view kHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

std::string complaint(std::string_view yaml) {
  const auto config = parse_web_config(yaml, "/etc/pmon/web.yml");
  return config ? "" : config.error().message;
}

TEST(WebConfig, ReadsAllThatIsSupported) {
  const std::string yaml = R"(tls_server_config:
  cert_file: cert.pem
  key_file: /keys/key.pem
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: false
  headers:
    X-Frame-Options: deny
    X-XSS-Protection: ""
basic_auth_users:
  anna: )" + std::string(kHash) +
                           "\n";
  const auto config = parse_web_config(yaml, "/etc/pmon/web.yml");
  ASSERT_TRUE(config.has_value()) << config.error().text();
  ASSERT_TRUE(config->tls.has_value());
  EXPECT_EQ(config->tls->cert_file, "/etc/pmon/cert.pem") << "beside the configuration";
  EXPECT_EQ(config->tls->key_file, "/keys/key.pem");
  EXPECT_EQ(config->tls->client_ca_file, "/etc/pmon/ca.pem");
  EXPECT_EQ(config->tls->client_auth, ClientAuth::kRequireAndVerifyClientCert);
  EXPECT_EQ(config->tls->min_version, TlsVersion::kTls13);
  EXPECT_THAT(config->tls->cipher_suites, ElementsAre("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
  EXPECT_THAT(config->tls->curve_preferences, ElementsAre("X25519", "P-256"));
  EXPECT_FALSE(config->tls->prefer_server_cipher_suites);
  EXPECT_THAT(config->headers, ElementsAre(Pair("X-Frame-Options", "deny")));
  EXPECT_THAT(config->users, ElementsAre(Pair("anna", kHash)));
}

TEST(WebConfig, MayBeEmpty) {
  const auto config = parse_web_config("", "web.yml");
  ASSERT_TRUE(config.has_value()) << config.error().text();
  EXPECT_FALSE(config->tls.has_value());
  EXPECT_TRUE(config->users.empty());
}

TEST(WebConfig, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(complaint("tls_server_confg: {}\n"),
              HasSubstr("/etc/pmon/web.yml:1:1: unknown key 'tls_server_confg' in the web configuration "
                        "(did you mean 'tls_server_config'?)"));
  EXPECT_THAT(complaint("tls_server_config: {cert_file: a}\n"), HasSubstr("needs both 'cert_file' and 'key_file'"));
  EXPECT_THAT(complaint("tls_server_config: {min_version: TLS12}\n"), HasSubstr("needs both"));
  EXPECT_THAT(complaint("tls_server_config: {cert_file: a, key_file: b, min_version: TLS1.2}\n"),
              HasSubstr("'min_version': unknown value 'TLS1.2' (did you mean 'TLS12'?)"));
  EXPECT_THAT(complaint("tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}\n"),
              HasSubstr("'min_version' is above 'max_version'"));
  EXPECT_THAT(complaint("tls_server_config: {cert_file: a, key_file: b, client_auth_type: VerifyClientCertIfGiven}\n"),
              HasSubstr("needs a 'client_ca_file'"));
  EXPECT_THAT(complaint("tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}\n"),
              HasSubstr("'client_ca_file' has no effect without"));
  EXPECT_THAT(complaint("http_server_config: {headers: {X-Frame-Options: maybe}}\n"),
              HasSubstr("can only be deny or sameorigin"));
  EXPECT_THAT(complaint("http_server_config: {headers: {Strict-Transport-Security: \"a\\r\\nSet-Cookie: b\"}}\n"),
              HasSubstr("control character"));
  EXPECT_THAT(complaint("http_server_config: {headers: {X-Other: a}}\n"), HasSubstr("unknown key 'X-Other'"));
}

TEST(WebConfig, SaysWhatIsNotSupported) {
  EXPECT_THAT(complaint("http_server_config: {http2: true}\n"), HasSubstr("HTTP/2 is not supported here"));
  EXPECT_THAT(complaint("rate_limit: {interval: 1s}\n"), HasSubstr("'rate_limit' is not supported here"));
  EXPECT_THAT(complaint("tls_server_config: {cert: x, key_file: b}\n"),
              HasSubstr("'cert' is not supported here: name a file with 'cert_file'"));
  EXPECT_THAT(complaint("tls_server_config: {cert_file: a, key_file: b, client_allowed_sans: [x]}\n"),
              HasSubstr("'client_allowed_sans' is not supported here"));
}

TEST(WebConfig, WantsBcryptHashesAndNeverShowsThem) {
  const std::string plain_text = complaint("basic_auth_users: {anna: hunter2}\n");
  EXPECT_THAT(plain_text, HasSubstr("user 'anna': not a bcrypt hash (make one with 'htpasswd -nBC 10 anna')"));
  EXPECT_THAT(complaint("basic_auth_users: {anna: $2y$31$" + std::string(53, 'a') + "}\n"),
              HasSubstr("the cost of the bcrypt hash is 31, not within 4 to 16"));
  EXPECT_THAT(complaint("basic_auth_users: {\"a:b\": " + std::string(kHash) + "}\n"), HasSubstr("allows no ':'"));
}

TEST(WebConfig, IsAFile) {
  const TempFolder folder;
  EXPECT_EQ(load_web_config(folder.path() + "/nothing").error().kind, ErrorKind::kUsage);
  const auto config = load_web_config(folder.write("web.yml", "basic_auth_users: {a: " + std::string(kHash) + "}\n"));
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->users.size(), 1U);
}

}  // namespace
}  // namespace pmon::http::test
