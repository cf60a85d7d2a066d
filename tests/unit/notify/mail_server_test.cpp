// SPDX-License-Identifier: Apache-2.0
// Mail against a real server: aiosmtpd with TLS and authentication.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "../../support/temp_folder.h"
#include "notify/email.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using Kind = delivery::Outcome::Kind;
using nlohmann::json;

// A key and a certificate for "localhost" that signs itself.
void write_certificate(const std::string& cert_path, const std::string& key_path) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* cert = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_set_version(cert, 2);
  X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  X509_set_pubkey(cert, key);
  X509_NAME* name = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(cert, name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(cert, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(cert, key, EVP_sha256());
  std::FILE* file = std::fopen(cert_path.c_str(), "w");
  PEM_write_X509(file, cert);
  std::fclose(file);
  file = std::fopen(key_path.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(cert);
  EVP_PKEY_free(key);
}

class MailServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") != 0) GTEST_SKIP() << "no python3-aiosmtpd";
    write_certificate(folder_.file("cert"), folder_.file("key"));
  }
  void TearDown() override {
    if (server_ != nullptr) ::pclose(server_);
  }

  // Its standard input is a pipe that ends with this process, and with the test.
  void start(const std::string& how = "") {
    std::filesystem::create_directory(folder_.file("mails"));
    const std::string port_file = folder_.file("port");
    const std::string command = "exec /usr/bin/python3 " PMON_SOURCE_DIR "/tests/unit/notify/mail_server.py " +
                                folder_.file("cert") + " " + folder_.file("key") + " " + folder_.file("mails") + " " +
                                how + " > " + port_file + " 2>/dev/null";
    server_ = ::popen(command.c_str(), "w");
    for (int i = 0; i < 1000 && !folder_.read("port").ends_with("\n"); ++i) ::usleep(10'000);
    ASSERT_TRUE(folder_.read("port").ends_with("\n")) << "the mail server did not start";
    options_.port = static_cast<std::uint16_t>(std::stoi(folder_.read("port")));
    options_.host = "127.0.0.1";
    options_.tls.server_name = "localhost";
    options_.tls.ca_file = folder_.file("cert");
    options_.to = "Ops <ops@example.org>, me@example.org";
    options_.from = "pmon@example.org";
    options_.hello = "web1.example.org";
    options_.auth_username = "pmon";
    options_.auth_password = config::Secret("right");
  }

  delivery::Outcome send(const Notification& told = test::sample()) {
    return EmailNotifier(options_, test::surroundings()).notify(told, test::soon());
  }
  json envelope(int number = 1) { return json::parse(folder_.read("mails/" + std::to_string(number) + ".json")); }

  pmon::test::TempFolder folder_;
  EmailOptions options_;
  std::FILE* server_ = nullptr;
};

TEST_F(MailServerTest, TakesMailByStartTlsWithAPassword) {
  start();
  const auto outcome = send();
  ASSERT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  EXPECT_EQ(envelope()["from"], "pmon@example.org");
  EXPECT_EQ(envelope()["to"], (json{"ops@example.org", "me@example.org"}));
  EXPECT_EQ(envelope()["hello"], "web1.example.org");
  EXPECT_EQ(envelope()["tls"], true);
  EXPECT_EQ(envelope()["user"], true);
  const std::string mail = folder_.read("mails/1");
  EXPECT_NE(mail.find("Subject: [FIRING:2] HeapLeak redis\r\n"), std::string::npos) << mail;
  EXPECT_NE(mail.find("leaks memory"), std::string::npos) << mail;
}

TEST_F(MailServerTest, TakesMailByTlsFromTheStart) {
  start("--tls");
  options_.implicit_tls = true;
  const auto outcome = send();
  ASSERT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  EXPECT_EQ(envelope()["user"], true);
}

TEST_F(MailServerTest, HostileAndHugeMailsArriveWhole) {
  start();
  for (const Notification& told : {test::hostile(), test::many(1000)}) {
    const auto outcome = send(told);
    ASSERT_EQ(outcome.kind, Kind::kDelivered) << outcome.what;
  }
  for (const char* name : {"mails/1", "mails/2"}) {
    const std::string mail = folder_.read(name);
    EXPECT_TRUE(mail.ends_with("--\r\n")) << "the end is there";
    // Python's own reader is the judge: two parts, no foreign header.
    const std::string check =
        "/usr/bin/python3 -c \"import email,email.policy,sys; m=email.message_from_binary_file(open('" +
        folder_.file(name) +
        "','rb'),policy=email.policy.default); sys.exit(0 if not m.defects and "
        "[p.get_content_type() for p in m.iter_parts()]==['text/plain','text/html'] and "
        "len(m.get_all('Subject'))==1 else 1)\"";
    EXPECT_EQ(std::system(check.c_str()), 0) << mail.substr(0, 2000);
  }
}

TEST_F(MailServerTest, AWrongPasswordIsFinalAndInNoMessage) {
  start();
  options_.auth_password = config::Secret("wrongword");
  const auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kRejected) << outcome.what;
  EXPECT_NE(outcome.what.find("535"), std::string::npos) << outcome.what;
  EXPECT_EQ(outcome.what.find("wrongword"), std::string::npos) << outcome.what;
}

TEST_F(MailServerTest, RefusalsAreToldApart) {
  start();
  options_.to = "refused@example.org";
  const auto refused = send();
  EXPECT_EQ(refused.kind, Kind::kRejected) << refused.what;
  EXPECT_NE(refused.what.find("550"), std::string::npos) << refused.what;
  options_.to = "later@example.org";
  const auto later = send();
  EXPECT_EQ(later.kind, Kind::kRetry) << later.what;
  EXPECT_NE(later.what.find("451"), std::string::npos) << later.what;
}

TEST_F(MailServerTest, ACertificateOfNobodyIsNotTrusted) {
  start();
  options_.tls.ca_file.clear();
  const auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kRetry) << outcome.what;
  options_.tls.insecure_skip_verify = true;
  EXPECT_EQ(send().kind, Kind::kDelivered);
}

TEST_F(MailServerTest, WithoutTlsNothingIsSent) {
  start("--plain");
  const auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kRejected) << outcome.what;
  EXPECT_NE(outcome.what.find("require_tls"), std::string::npos) << outcome.what;
  options_.require_tls = false;
  EXPECT_EQ(send().kind, Kind::kDelivered) << "this host itself may hear the password";
  options_.auth_username.clear();
  EXPECT_EQ(send().kind, Kind::kDelivered);
}

TEST_F(MailServerTest, NobodyThereMayPass) {
  start();
  options_.port = 1;
  const auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kRetry) << outcome.what;
  EXPECT_NE(outcome.what.find("127.0.0.1:1"), std::string::npos) << outcome.what;
}

}  // namespace
}  // namespace pmon::notify
