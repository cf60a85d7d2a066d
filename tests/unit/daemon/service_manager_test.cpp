// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "../../support/temp_folder.h"

namespace pmon::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

// The socket of a service manager, which says what was told last.
class FakeManager {
 public:
  explicit FakeManager(const char* watchdog_us) {
    const std::string path = folder_.file("notify");
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    if (watchdog_us == nullptr) return;
    setenv("WATCHDOG_USEC", watchdog_us, 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  }
  ~FakeManager() {
    close(socket_);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }
  FakeManager(const FakeManager&) = delete;
  FakeManager& operator=(const FakeManager&) = delete;
  [[nodiscard]] std::string told() const {
    char text[512];
    const ssize_t got = recv(socket_, text, sizeof text, MSG_DONTWAIT);
    return got < 0 ? "" : std::string(text, text + got);
  }

 private:
  test::TempFolder folder_;
  int socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

TEST(Systemd, KeepsTheUnitsWatchdogWhereThreeTicksAreShorter) {
  const FakeManager manager("30000000");
  const Systemd systemd;
  systemd.ready(1000);
  const std::string told = manager.told();
  EXPECT_THAT(told, HasSubstr("WATCHDOG_USEC=30000000\n"));
  EXPECT_THAT(told, HasSubstr("READY=1"));
}

TEST(Systemd, GivesALongIntervalThreeTicks) {
  const FakeManager manager("30000000");
  const Systemd systemd;
  systemd.ready(60'000);
  EXPECT_THAT(manager.told(), HasSubstr("WATCHDOG_USEC=180000000\n"));
  systemd.interval_changed(1000);
  EXPECT_THAT(manager.told(), HasSubstr("WATCHDOG_USEC=30000000\n"));
}

TEST(Systemd, AUnitWithoutAWatchdogGetsNone) {
  const FakeManager manager(nullptr);
  const Systemd systemd;
  systemd.ready(1000);
  EXPECT_EQ(manager.told(), "READY=1");
  systemd.interval_changed(60'000);
  EXPECT_EQ(manager.told(), "");
}

TEST(Systemd, IsToldOfEachReport) {
  const FakeManager manager("30000000");
  const Systemd systemd;
  systemd.alive("12 processes");
  EXPECT_EQ(manager.told(), "WATCHDOG=1\nSTATUS=12 processes");
  systemd.reloading();
  EXPECT_THAT(manager.told(), testing::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  systemd.stopping();
  EXPECT_EQ(manager.told(), "STOPPING=1");
}

}  // namespace
}  // namespace pmon::daemon
