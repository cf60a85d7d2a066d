// SPDX-License-Identifier: Apache-2.0
#include "notify/syslog.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "../../support/temp_folder.h"
#include "sample.h"

namespace pmon::notify {
namespace {

using Kind = delivery::Outcome::Kind;

// A fake of /dev/log or the journal: a datagram socket that keeps what comes.
class FakeLog {
 public:
  explicit FakeLog(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval limit{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~FakeLog() { ::close(fd_); }
  FakeLog(const FakeLog&) = delete;
  FakeLog& operator=(const FakeLog&) = delete;

  std::string next() {
    std::string buffer(1 << 18, '\0');
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    buffer.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return buffer;
  }

 private:
  int fd_;
};

class SyslogTest : public ::testing::Test {
 protected:
  SyslogOptions options() const {
    SyslogOptions options;
    options.journal_socket = folder_.file("journal");
    options.syslog_socket = folder_.file("log");
    return options;
  }
  pmon::test::TempFolder folder_;
};

TEST_F(SyslogTest, TheJournalWhereItIsThere) {
  SyslogNotifier notifier(options(), test::surroundings());
  FakeLog log(folder_.file("log"));
  EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kDelivered);
  EXPECT_TRUE(log.next().starts_with("<29>")) << "daemon.notice, for what is resolved comes first";
  FakeLog journal(folder_.file("journal"));
  SyslogNotifier other(options(), test::surroundings());
  EXPECT_EQ(other.notify(test::sample(), test::soon()).kind, Kind::kDelivered);
  EXPECT_NE(journal.next().find("\nPMON_STATE=resolved\n"), std::string::npos);
}

TEST_F(SyslogTest, AThousandAlertsWaitForTheReader) {
  FakeLog log(folder_.file("log"));
  SyslogNotifier notifier(options(), test::surroundings());
  std::size_t got = 0;
  std::thread reader([&] {
    while (got < 1000 && !log.next().empty()) ++got;
  });
  EXPECT_EQ(notifier.notify(test::many(1000), test::soon()).kind, Kind::kDelivered);
  reader.join();
  EXPECT_EQ(got, 1000U);
}

TEST_F(SyslogTest, WhatWasSaidIsNotSaidAgain) {
  FakeLog log(folder_.file("log"));
  SyslogNotifier notifier(options(), test::surroundings());
  // Nobody reads: the socket takes some and no more.
  const auto outcome = notifier.notify(test::many(1000), delivery::Clock::now() + std::chrono::milliseconds(100));
  EXPECT_EQ(outcome.kind, Kind::kRetry) << outcome.what;
  std::size_t got = 0;
  std::thread reader([&] {
    while (got < 1000 && !log.next().empty()) ++got;
  });
  EXPECT_EQ(notifier.notify(test::many(1000), test::soon()).kind, Kind::kDelivered);
  reader.join();
  EXPECT_EQ(got, 1000U);
}

TEST_F(SyslogTest, ADaemonThatIsStartedAnewIsFoundAgain) {
  SyslogNotifier notifier(options(), test::surroundings());
  EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kRetry) << "nobody is there";
  {
    FakeLog log(folder_.file("log"));
    EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kDelivered);
  }
  FakeLog log(folder_.file("log"));
  EXPECT_EQ(notifier.notify(test::sample(), test::soon()).kind, Kind::kDelivered);
  EXPECT_FALSE(log.next().empty());
}

TEST_F(SyslogTest, HostileTextsStayInTheirField) {
  FakeLog journal(folder_.file("journal"));
  SyslogNotifier notifier(options(), test::surroundings());
  EXPECT_EQ(notifier.notify(test::hostile(), test::soon()).kind, Kind::kDelivered);
  const std::string message = journal.next();
  const std::size_t first = message.find('\n');
  EXPECT_TRUE(message.substr(first).starts_with("\nPRIORITY=4\n")) << "the text is one line";
}

}  // namespace
}  // namespace pmon::notify
