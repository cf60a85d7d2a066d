// SPDX-License-Identifier: Apache-2.0
// Mail before a server that fails: a fake that says one line at most.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/interruption.h"
#include "notify/email.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using Kind = delivery::Outcome::Kind;

enum class Then { kClose, kReset, kHalfClose, kHang };

class FakeMailServer {
 public:
  FakeMailServer(std::string greeting, Then then) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 4) != 0 || ::getsockname(listener_, any, &size) != 0) {
      throw std::runtime_error("no port for a fake server");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, greeting = std::move(greeting), then] { serve(greeting, then); });
  }
  FakeMailServer(const FakeMailServer&) = delete;
  FakeMailServer& operator=(const FakeMailServer&) = delete;
  ~FakeMailServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void serve(std::string_view greeting, Then then) const {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    (void)::send(fd, greeting.data(), greeting.size(), MSG_NOSIGNAL);
    const linger at_once{1, 0};
    if (then == Then::kReset) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (then == Then::kHalfClose) ::shutdown(fd, SHUT_WR);
    char ignored[512];
    while ((then == Then::kHang || then == Then::kHalfClose) && ::recv(fd, ignored, sizeof ignored, 0) > 0) {
    }
    ::close(fd);
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

delivery::Outcome send_to(const std::string& host, std::uint16_t port, milliseconds patience = seconds(5),
                          bool require_tls = false) {
  EmailOptions options;
  options.host = host;
  options.port = port;
  options.to = "ops@example.org";
  options.from = "pmon@example.org";
  options.require_tls = require_tls;
  return EmailNotifier(options, test::surroundings()).notify(test::sample(), delivery::Clock::now() + patience);
}

struct MailFault {
  const char* name;
  const char* greeting;
  Then then;
  Kind kind = Kind::kRetry;
};
void PrintTo(const MailFault& fault, std::ostream* out) { *out << fault.name; }

class MailFaults : public testing::TestWithParam<MailFault> {};

TEST_P(MailFaults, AreToldApartInTime) {
  const FakeMailServer server(GetParam().greeting, GetParam().then);
  const auto begin = delivery::Clock::now();
  const bool hangs = GetParam().then == Then::kHang;
  const delivery::Outcome outcome = send_to("127.0.0.1", server.port(), hangs ? milliseconds(300) : seconds(5));
  EXPECT_LT(delivery::Clock::now() - begin, seconds(3));
  EXPECT_EQ(outcome.kind, GetParam().kind) << outcome.what;
  EXPECT_THAT(outcome.what, HasSubstr("127.0.0.1:" + std::to_string(server.port())));
}

INSTANTIATE_TEST_SUITE_P(Each, MailFaults,
                         testing::Values(MailFault{"hang", "", Then::kHang},
                                         MailFault{"hang_behind_the_greeting", "220 hello\r\n", Then::kHang},
                                         MailFault{"close", "", Then::kClose}, MailFault{"reset", "", Then::kReset},
                                         MailFault{"half_closed", "", Then::kHalfClose},
                                         MailFault{"cut_greeting", "22", Then::kClose},
                                         MailFault{"garbage", "\x16\x03\x01 garbage\r\n\r\n", Then::kClose},
                                         MailFault{"busy", "421 too many connections\r\n", Then::kClose},
                                         MailFault{"refused", "554 not you\r\n", Then::kClose, Kind::kRejected}),
                         [](const auto& fault) { return fault.param.name; });

// All that it says at once: the client reads it line by line.
constexpr const char* kOffersTls = "220 hello\r\n250-hello\r\n250 STARTTLS\r\n";

TEST(MailFaultsOfTls, AServerThatIsBusyIsAskedAgain) {
  const FakeMailServer server(kOffersTls + std::string("454 TLS not available due to temporary reason\r\n"),
                              Then::kHang);
  const delivery::Outcome outcome = send_to("127.0.0.1", server.port(), seconds(5), true);
  EXPECT_EQ(outcome.kind, Kind::kRetry) << outcome.what;
  EXPECT_THAT(outcome.what, HasSubstr("454"));
}

TEST(MailFaultsOfTls, AServerThatHasNoneIsFinal) {
  for (const std::string& said :
       {std::string("220 hello\r\n250 hello\r\n"), kOffersTls + std::string("502 what?\r\n")}) {
    const FakeMailServer server(said, Then::kHang);
    const delivery::Outcome outcome = send_to("127.0.0.1", server.port(), seconds(5), true);
    EXPECT_EQ(outcome.kind, Kind::kRejected) << outcome.what;
    EXPECT_THAT(outcome.what, HasSubstr("require_tls: false"));
  }
}

TEST(MailFaultsOfTime, ItEndsWithTheQueue) {
  const FakeMailServer server("220 hello\r\n", Then::kHang);
  delivery::Interruption interruption;
  const delivery::Interruption::Scope scope(interruption);
  const auto begin = delivery::Clock::now();
  interruption.at(begin + milliseconds(300));
  const delivery::Outcome outcome = send_to("127.0.0.1", server.port(), seconds(60));
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_THAT(outcome.what, HasSubstr("given up: the queue ends"));
  EXPECT_LT(delivery::Clock::now() - begin, seconds(10));
}

TEST(MailWithoutServer, NoSuchHost) {
  const delivery::Outcome outcome = send_to("name.invalid", 25, seconds(2));
  EXPECT_EQ(outcome.kind, Kind::kRetry);
  EXPECT_THAT(outcome.what, HasSubstr("name.invalid:25"));
}

}  // namespace
}  // namespace pmon::notify
