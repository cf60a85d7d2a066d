// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "delivery/http_client.h"
#include "tls_server.h"

namespace pmon::delivery {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class HttpTls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    files_ = new fixtures::FileTree({{"empty/", ""}});
    test::make_certificate(*files_, "inner");
    test::make_certificate(*files_, "other");
  }
  static void TearDownTestSuite() {
    delete files_;
    files_ = nullptr;
  }

  static Result<HttpResponse> get(const std::string& url, HttpOptions options) {
    const HttpRequest request{.method = "GET", .url = config::Secret(url), .name = shown_url(url)};
    return HttpClient(std::move(options)).send(request, Clock::now() + std::chrono::seconds(10));
  }
  static std::string file(const std::string& name) { return files_->path(name); }

  static inline fixtures::FileTree* files_ = nullptr;
};

TEST_F(HttpTls, TrustsTheNamedAuthorityForTheNamedServer) {
  const test::TlsServer server(*files_, "inner");
  const auto response = get(server.url(), {.ca_file = file("inner.pem"), .server_name = "inner"});
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->status, 200);
}

TEST_F(HttpTls, RefusesAnotherAuthority) {
  const test::TlsServer server(*files_, "inner");
  for (const std::string& ca : {file("other.pem"), std::string()}) {
    const auto response = get(server.url(), {.ca_file = ca, .server_name = "inner"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::kFailed) << "the server may get a better one";
    EXPECT_THAT(response.error().text(),
                AllOf(StartsWith("GET " + server.url() + ": "), HasSubstr("SSL certificate problem: self-signed")));
  }
}

TEST_F(HttpTls, RefusesAnotherName) {
  const test::TlsServer server(*files_, "inner");
  const auto response = get(server.url(), {.ca_file = file("inner.pem")});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().text(), HasSubstr("127.0.0.1"));
  EXPECT_FALSE(get(server.url(), {.ca_file = file("inner.pem"), .server_name = "other"}));
}

TEST_F(HttpTls, LooksAwayOnlyWhenAsked) {
  const test::TlsServer server(*files_, "inner");
  const auto response = get(server.url(), {.insecure_skip_verify = true});
  EXPECT_TRUE(response) << response.error().text();
}

TEST_F(HttpTls, ShowsItsOwnCertificate) {
  const test::TlsServer server(*files_, "inner",
                               {"-Verify", "1", "-verify_return_error", "-CAfile", file("other.pem")});
  const HttpOptions trusting{.ca_file = file("inner.pem"), .server_name = "inner"};
  EXPECT_FALSE(get(server.url(), trusting));
  HttpOptions known = trusting;
  known.cert_file = file("other.pem");
  known.key_file = file("other.key");
  const auto response = get(server.url(), known);
  EXPECT_TRUE(response) << response.error().text();
}

TEST_F(HttpTls, SaysWhichFileIsMissing) {
  const test::TlsServer server(*files_, "inner");
  const auto response = get(server.url(), {.ca_file = "/no/such.pem"});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().text(), HasSubstr("/no/such.pem"));
}

TEST_F(HttpTls, PlainTextAtATlsPort) {
  const test::TlsServer server(*files_, "inner");
  std::string url = server.url();
  url.erase(4, 1);  // http://
  const auto response = get(url, {});
  EXPECT_FALSE(response && response->status < 400);
}

}  // namespace
}  // namespace pmon::delivery
