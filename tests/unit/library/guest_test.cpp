// SPDX-License-Identifier: Apache-2.0
// What a monitor leaves alone of the process that it is a guest of.
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdarg>
#include <set>
#include <thread>

#include "../../support/temp_folder.h"
#include "support.h"

namespace pmon::test {
namespace {

using Handlers = std::array<std::pair<void (*)(int), int>, 65>;

Handlers handlers() {
  Handlers all{};
  for (int signal = 1; signal <= 64; ++signal) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) == 0) {
      all.at(static_cast<std::size_t>(signal)) = {action.sa_handler, action.sa_flags};
    }
  }
  return all;
}

std::set<std::string> thread_ids() {
  std::set<std::string> ids;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task"))
    ids.insert(thread.path().filename());
  return ids;
}

// Of a thread; 0 where it has ended.
std::uint64_t blocked_signals(const std::string& id) {
  std::ifstream status("/proc/self/task/" + id + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:")) return std::stoull(line.substr(7), nullptr, 16);
  }
  return 0;
}

// A server, which it is not: it hangs up on whoever says anything, so that the next word there raises SIGPIPE.
class HangsUp {
 public:
  HangsUp() {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    listen(fd_, 16);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& ends) {
      while (!ends.stop_requested()) {
        const int client = accept(fd_, nullptr, nullptr);
        if (client < 0) continue;
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(client);
        ++calls_;
      }
    });
  }
  ~HangsUp() {
    thread_.request_stop();
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  HangsUp(const HangsUp&) = delete;
  HangsUp& operator=(const HangsUp&) = delete;
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int calls() const { return calls_; }

 private:
  int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::atomic<int> calls_ = 0;
  std::jthread thread_;
};

TEST(MonitorAsGuest, NoThreadOfItsSinksAndServerTakesASignal) {
  const TempFolder folder;
  const HangsUp server;
  const Handlers before = handlers();
  ASSERT_EQ(before.at(SIGPIPE).first, SIG_DFL) << "a program that has not thought of it";
  const std::set<std::string> others = thread_ids();
  auto monitor = Monitor::start({.interval = 100ms,
                                 .config_file = folder.write("pmon.yaml",
                                                             "export:\n"
                                                             "  file: [{path: " +
                                                                 folder.file("m.jsonl") +
                                                                 ", window: 1s}]\n"
                                                                 "  http: [{url: '" +
                                                                 server.url() + "', window: 1s}]\n"),
                                 .listen = "127.0.0.1:0"});
  ASSERT_TRUE(monitor) << monitor.error().text();
  ASSERT_TRUE(wait_until([&] { return server.calls() > 0; }));
  std::size_t its_own = 0;
  for (const std::string& id : thread_ids()) {
    if (others.contains(id)) continue;
    const std::uint64_t blocked = blocked_signals(id);
    if (blocked == 0) continue;  // has ended meanwhile
    ++its_own;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGUSR1, SIGALRM, SIGPROF}) {
      EXPECT_NE(blocked >> (signal - 1) & 1, 0U) << strsignal(signal) << " in thread " << id;
    }
  }
  EXPECT_GE(its_own, 4U) << "its own, two sinks, the server's";
  EXPECT_EQ(handlers(), before);
  monitor->stop();
  EXPECT_EQ(thread_ids(), others);
  EXPECT_EQ(handlers(), before);
}

// What docs/library.md says of threads: one, three for HTTP, one for each sink.
TEST(MonitorAsGuest, HasAThreadForEachSinkAndThreeForHttpAndNoMore) {
  if (!kThreadsAreOurs) GTEST_SKIP() << "ThreadSanitizer has a thread of its own";
  const TempFolder folder;
  const std::size_t others = threads();
  const auto with = [&](const std::string& listen, const std::string& file) {
    auto monitor =
        Monitor::start({.interval = 100ms, .config_file = folder.write("pmon.yaml", file), .listen = listen});
    return monitor && is_ready(*monitor) ? threads() - others : 0;
  };
  const std::string sink = "export: {file: [{path: " + folder.file("m.jsonl") + "}]}\n";
  EXPECT_EQ(with("", "{}"), 1U);
  EXPECT_EQ(with("127.0.0.1:0", "{}"), 4U);
  EXPECT_EQ(with("", sink), 2U);
  EXPECT_EQ(with("127.0.0.1:0", sink), 5U);
}

int print_nothing(libbpf_print_level /*level*/, const char* /*format*/, va_list /*arguments*/) { return 0; }

// Whether or not BPF is permitted here: it is asked for.
TEST(MonitorAsGuest, TheProgramsLibbpfGoesOnTalkingToTheProgram) {
  const libbpf_print_fn_t before = libbpf_set_print(print_nothing);
  {
    auto monitor = Monitor::start({.interval = 1h, .collector = CollectorKind::kEbpf});
    EXPECT_TRUE(monitor || monitor.error().kind == ErrorKind::kUnsupported);
  }
  EXPECT_EQ(libbpf_set_print(before), print_nothing);
}

struct Unwilling {
  Unwilling() = default;
  Unwilling(const Unwilling& /*other*/) { throw 7; }  // NOLINT: not even an exception
  Unwilling(Unwilling&&) = default;
  void operator()(const MonitorNotice& /*notice*/) const {}
};

TEST(MonitorAsGuest, ACallbackThatCannotBeCopiedIsAnError) {
  const auto monitor = Monitor::start({.on_notice = Unwilling()});
  ASSERT_FALSE(monitor);
  EXPECT_THAT(monitor.error().text(), testing::HasSubstr("no std::exception"));
}

}  // namespace
}  // namespace pmon::test
