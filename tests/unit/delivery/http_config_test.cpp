// SPDX-License-Identifier: Apache-2.0
#include "delivery/http_config.h"

#include <yaml-cpp/yaml.h>

#include <gmock/gmock.h>

#include "../../fixtures/file_tree.h"

namespace pmon::delivery {
namespace {

using testing::HasSubstr;

struct Reading {
  HttpOptions options;
  std::string errors;
};

Reading read_config(const std::string& yaml, const std::string& file = "pmon.yaml") {
  config::YamlReader reader(yaml, file);
  Reading out;
  reader.run([&](const YAML::Node& node) { out.options = read_http_config(reader, node); });
  out.errors = config::text_of(reader.errors());
  return out;
}

TEST(HttpConfig, ReadsEveryKey) {
  const fixtures::FileTree files({{"ca.pem", "ca"}, {"cert.pem", "cert"}, {"key.pem", "key"}});
  const Reading reading = read_config(
      "basic_auth: {username: me, password: sesame}\n"
      "tls_config:\n"
      "  ca_file: ca.pem\n"
      "  cert_file: " +
          files.path("cert.pem") +
          "\n"
          "  key_file: key.pem\n"
          "  server_name: inner\n"
          "  insecure_skip_verify: true\n"
          "proxy_url: http://proxy:3128\n"
          "follow_redirects: false\n",
      files.path("pmon.yaml"));
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.options.user, "me");
  EXPECT_EQ(reading.options.password.reveal(), "sesame");
  EXPECT_EQ(reading.options.ca_file, files.path("ca.pem")) << "beside the file that names it";
  EXPECT_EQ(reading.options.cert_file, files.path("cert.pem"));
  EXPECT_EQ(reading.options.key_file, files.path("key.pem"));
  EXPECT_EQ(reading.options.server_name, "inner");
  EXPECT_TRUE(reading.options.insecure_skip_verify);
  EXPECT_EQ(reading.options.proxy_url, "http://proxy:3128");
  EXPECT_FALSE(reading.options.follow_redirects);
}

TEST(HttpConfig, NothingIsTheDefault) {
  const Reading reading = read_config("");
  EXPECT_EQ(reading.errors, "");
  EXPECT_TRUE(reading.options.follow_redirects);
  EXPECT_FALSE(reading.options.insecure_skip_verify);
  EXPECT_TRUE(reading.options.authorization.empty());
}

TEST(HttpConfig, CredentialsFromFilesAndOldForms) {
  const fixtures::FileTree files({{"token", "from-file\n"}});
  const std::string file = files.path("pmon.yaml");
  EXPECT_EQ(read_config("authorization: {credentials_file: token}", file).options.authorization.reveal(), "from-file");
  EXPECT_EQ(read_config("bearer_token_file: token", file).options.authorization.reveal(), "from-file");
  EXPECT_EQ(read_config("bearer_token: direct", file).options.authorization.reveal(), "direct");
  EXPECT_EQ(read_config("basic_auth: {username: me, password_file: token}", file).options.password.reveal(),
            "from-file");
  const Reading token = read_config("authorization: {type: Token, credentials: x}");
  EXPECT_EQ(token.options.authorization_type, "Token");
}

struct Mistake {
  const char* yaml;
  const char* said;
};

class HttpConfigMistake : public testing::TestWithParam<Mistake> {};

TEST_P(HttpConfigMistake, IsTold) { EXPECT_THAT(read_config(GetParam().yaml).errors, HasSubstr(GetParam().said)); }

INSTANTIATE_TEST_SUITE_P(
    All, HttpConfigMistake,
    testing::Values(Mistake{"basic_aut: {}", "unknown key 'basic_aut' in http_config (did you mean 'basic_auth'?)"},
                    Mistake{"tls_config: {ca: x}", "unknown key 'ca' in tls_config"},
                    Mistake{"basic_auth: {password: x}", "'basic_auth' needs a 'username'"},
                    Mistake{"basic_auth: {username: a, password: x, password_file: /y}", "exclude each other"},
                    Mistake{"basic_auth: {username: a}\nbearer_token: b", "2:15: only one of basic_auth"},
                    Mistake{"authorization: {type: Bearer}", "'authorization' needs 'credentials'"},
                    Mistake{"authorization: {type: basic, credentials: x}", "write 'basic_auth'"},
                    Mistake{"authorization: {credentials_file: /no/such}", "/no/such: No such file"},
                    Mistake{"tls_config: {ca_file: /no/such}", "'ca_file': read file /no/such: No such file"},
                    Mistake{"tls_config: {ca_file: ''}", "'ca_file' must name a file"},
                    Mistake{"tls_config: {cert_file: /dev/null}", "'cert_file' and 'key_file' need each other"},
                    Mistake{"proxy_url: proxy:3128", "'proxy_url' must begin with one of: http://"},
                    Mistake{"follow_redirects: perhaps", "'follow_redirects' must be true or false"},
                    Mistake{"- a", "http_config must be a mapping"}));

}  // namespace
}  // namespace pmon::delivery
