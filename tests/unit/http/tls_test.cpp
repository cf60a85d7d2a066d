// SPDX-License-Identifier: Apache-2.0
#include <crypt.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace pmon::http::test {
namespace {

using ::testing::HasSubstr;

const std::string kHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";  // "U*U"

// Certificates are made for each test; curl, which is not ours, is the client.
class Tls : public ServerTest {
 protected:
  void SetUp() override {
    if (!have("openssl") || !have("curl")) GTEST_SKIP() << "needs the packages openssl and curl";
  }

  // NAME.pem and NAME.key, signed by themselves.
  void make_certificate(const std::string& name) const {
    const std::string made =
        output_of("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
                  " -addext subjectAltName=IP:127.0.0.1 -keyout " + folder_.path() + "/" + name + ".key -out " +
                  folder_.path() + "/" + name + ".pem");
    ASSERT_THAT(made, HasSubstr("exit 0"));
  }
  void start_with(const std::string& yaml) {
    ServerOptions options;
    options.web_config_file = folder_.write("web.yml", yaml);
    start(options);
  }
  // Its output with the status behind the body.
  [[nodiscard]] std::string curl(const std::string& words, const std::string& path = "/readyz") const {
    return output_of("curl -sS --max-time 10 --noproxy '*' -w ' %{http_code}\\n' --cacert " + folder_.path() +
                     "/server.pem " + words + " https://127.0.0.1:" + std::to_string(port()) + path);
  }
  [[nodiscard]] std::string with_key(const std::string& name) const {
    return "--cert " + folder_.path() + "/" + name + ".pem --key " + folder_.path() + "/" + name + ".key";
  }

  TempFolder folder_;
  const std::string tls_ = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n";
};

TEST_F(Tls, ServesOverTls) {
  make_certificate("server");
  host_.state()->families = {{"a", "A", MetricKind::kGauge, {}}};
  for (int i = 0; i < 100'000; ++i) host_.state()->families[0].samples.push_back({{{"i", std::to_string(i)}}, 1});
  const std::string expected = folder_.write("expected", exposition::text(host_.state()->families) + " 200\n");
  start_with(tls_);
  EXPECT_EQ(curl(""), "ready\n 200\nexit 0\n");
  EXPECT_EQ(curl("--http2"), "ready\n 200\nexit 0\n") << "a client that would rather speak HTTP/2";
  EXPECT_THAT(curl("--tls-max 1.1"), HasSubstr("000\n"));
  EXPECT_EQ(curl("", "/metrics | sha256sum"), output_of("sha256sum < " + expected)) << "a large response comes whole";
  EXPECT_EQ(get(port(), "/readyz").status, 0) << "nothing is said without TLS";
}

TEST_F(Tls, OldVersionsAndSuitesAreAChoice) {
  make_certificate("server");
  start_with(tls_ +
             "  min_version: TLS11\n  max_version: TLS12\n"
             "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n");
  EXPECT_THAT(curl("-v --tlsv1.2"), HasSubstr("TLSv1.2 / ECDHE-ECDSA-AES256-GCM-SHA384"));
}

TEST_F(Tls, WantsClientsToShowACertificate) {
  make_certificate("server");
  make_certificate("client");
  make_certificate("stranger");
  start_with(tls_ + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: client.pem\n");
  EXPECT_EQ(curl(with_key("client")), "ready\n 200\nexit 0\n");
  EXPECT_THAT(curl(""), HasSubstr("000\n"));
  EXPECT_THAT(curl(with_key("stranger")), HasSubstr("000\n"));
  start_with(tls_ + "  client_auth_type: RequireAnyClientCert\n");
  EXPECT_EQ(curl(with_key("stranger")), "ready\n 200\nexit 0\n");
  EXPECT_THAT(curl(""), HasSubstr("000\n"));
  start_with(tls_ + "  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: client.pem\n");
  EXPECT_EQ(curl(""), "ready\n 200\nexit 0\n");
  EXPECT_THAT(curl(with_key("stranger")), HasSubstr("000\n"));
}

TEST_F(Tls, ClientsThatNeverShakeHandsDelayNobody) {
  make_certificate("server");
  start_with(tls_);
  std::vector<Client> silent;
  for (int i = 0; i < 300; ++i) {
    silent.emplace_back(port());
    if (i % 2 == 0) silent.back().send("\x16\x03\x01\x02");  // a hello that does not go on
  }
  EXPECT_EQ(curl(""), "ready\n 200\nexit 0\n");
}

TEST_F(Tls, TakesANewCertificate) {
  make_certificate("server");
  start_with(tls_);
  EXPECT_EQ(curl(""), "ready\n 200\nexit 0\n");
  make_certificate("server");
  EXPECT_THAT(curl(""), HasSubstr("000\n")) << "still the old one, which the new file does not vouch for";
  ASSERT_TRUE(server_->reload_web_config().has_value());
  EXPECT_EQ(curl(""), "ready\n 200\nexit 0\n");
  (void)folder_.write("server.pem.old", "");
  std::filesystem::rename(folder_.path() + "/server.key", folder_.path() + "/kept.key");
  const auto broken = server_->reload_web_config();
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().message, HasSubstr("key_file '" + folder_.path() + "/server.key'"));
  EXPECT_EQ(curl(""), "ready\n 200\nexit 0\n") << "what was in force stays";
}

TEST_F(Tls, SaysWhatIsWrongWithItsFiles) {
  make_certificate("server");
  make_certificate("other");
  const auto error_with = [this](const std::string& yaml) {
    const auto server =
        Server::start({.listen = {"127.0.0.1:0"}, .web_config_file = folder_.write("web.yml", yaml)}, host_);
    return server ? "started" : server.error().text();
  };
  EXPECT_THAT(error_with("tls_server_config: {cert_file: none.pem, key_file: server.key}\n"), HasSubstr("none.pem"));
  EXPECT_THAT(error_with("tls_server_config: {cert_file: server.pem, key_file: other.key}\n"),
              HasSubstr("key values mismatch"));
  EXPECT_THAT(error_with(tls_ + "  cipher_suites: [TLS_FANCY]\n"), HasSubstr("unknown suite 'TLS_FANCY'"));
}

using Auth = ServerTest;

TEST_F(Auth, LetsInWhoHasThePassword) {
  const TempFolder folder;
  ServerOptions options;
  options.enable_reload = true;
  options.web_config_file =
      folder.write("web.yml", "basic_auth_users:\n  anna: " + kHash +
                                  "\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n");
  start(options);
  const std::string right = "Authorization: Basic YW5uYTpVKlU=\r\n";
  const std::string wrong = "Authorization: Basic YW5uYTpVKlY=\r\n";
  for (const std::string_view path : {"/", "/metrics", "/healthz", "/nothing", "/api/v1/query?query=up"}) {
    const Answer denied = get(port(), path);
    EXPECT_EQ(denied.status, 401) << path;
    EXPECT_EQ(denied.header("www-authenticate"), "Basic realm=\"pmon\", charset=\"UTF-8\"");
    EXPECT_EQ(denied.header("x-frame-options"), "deny");
    EXPECT_EQ(get(port(), path, wrong).status, 401) << path;
  }
  EXPECT_EQ(ask(port(), "POST", "/-/reload", wrong).status, 401);
  EXPECT_EQ(host_.state()->reloads, 0);
  EXPECT_EQ(get(port(), "/metrics", right).status, 200) << "checked";
  EXPECT_EQ(get(port(), "/metrics", right).status, 200) << "remembered";
  EXPECT_EQ(get(port(), "/readyz", right).header("x-frame-options"), "deny");
  (void)folder.write("web.yml", "basic_auth_users:\n  otto: " + kHash + "\n");
  ASSERT_TRUE(server_->reload_web_config().has_value());
  EXPECT_EQ(get(port(), "/metrics", right).status, 401) << "no longer one of the users";
}

TEST_F(Auth, WrongPasswordsDoNotDelayThoseWhoAreKnown) {
  const TempFolder folder;
  ServerOptions options;
  // Cost 12: each wrong one takes a good part of a second. The hash of "U*U" at that cost is made here.
  crypt_data work{};
  const std::string hash = crypt_r("U*U", "$2b$12$CCCCCCCCCCCCCCCCCCCCC.", &work);
  options.web_config_file = folder.write("web.yml", "basic_auth_users:\n  anna: " + hash + "\n");
  options.limits.queued_logins = 4;
  start(options);
  const std::string right = "Authorization: Basic YW5uYTpVKlU=\r\n";
  ASSERT_EQ(get(port(), "/metrics", right).status, 200);
  std::vector<Client> guessing;
  for (int i = 0; i < 20; ++i) {
    guessing.emplace_back(port());
    guessing.back().send("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YW5uYTpVKlY=\r\nConnection: close\r\n\r\n");
  }
  EXPECT_EQ(get(port(), "/metrics", right).status, 200);
  int unread = 0;
  int busy = 0;
  for (const Client& client : guessing) {
    const std::string answer = client.receive(0);
    if (answer.empty()) ++unread;
    if (answer.starts_with("HTTP/1.1 503 ")) ++busy;
  }
  EXPECT_GT(unread, 0) << "known ones were served while guesses still waited";
  EXPECT_GE(busy, 10) << "and few more than four wait";
}

}  // namespace
}  // namespace pmon::http::test
