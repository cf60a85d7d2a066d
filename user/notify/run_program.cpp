// SPDX-License-Identifier: Apache-2.0
#include "notify/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "delivery/interruption.h"

namespace pmon::notify {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kKeptOutput = 1000;
// How late the end of a program is seen that keeps its output open or closes it early.
constexpr milliseconds kLook{20};

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    reset();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// A file rather than a pipe: nobody waits for a program that does not read it, and no SIGPIPE comes of one that ends.
Fd input_file(std::string_view text) {
  Fd file(::memfd_create("notification", MFD_CLOEXEC));
  while (file.is_open() && !text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fd();
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file.is_open()) ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

// 0, or errno.
int spawn(pid_t& pid, const std::vector<std::string>& command, const std::vector<std::string>& environment, int input,
          int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int failed = ::posix_spawn(&pid, command.front().c_str(), &actions, &attributes, pointers(command).data(),
                                   pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

// Takes what is there; closes the pipe at its end.
void read_some(Fd& pipe, std::string& output) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
  if (got > 0) {
    output.append(buffer.data(), static_cast<std::size_t>(got));
    if (output.size() > kKeptOutput) output.erase(0, output.size() - kKeptOutput);
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    pipe.reset();
  }
}

// What is in the pipe, which holds 64 KiB; what the program left behind may go on writing.
void drain(Fd& pipe, std::string& output) {
  pollfd wait{pipe.get(), POLLIN, 0};
  for (int i = 0; i < 16 && pipe.is_open() && ::poll(&wait, 1, 0) > 0; ++i) read_some(pipe, output);
}

ProgramEnd ended(int status, std::string output) {
  while (output.ends_with('\n')) output.pop_back();
  if (WIFSIGNALED(status)) return {ProgramEnd::Kind::kSignal, WTERMSIG(status), std::move(output)};
  return {ProgramEnd::Kind::kExit, WEXITSTATUS(status), std::move(output)};
}

ProgramEnd await(pid_t pid, Fd pipe, delivery::Deadline deadline) {
  std::string output;
  auto killed = ProgramEnd::Kind::kTimedOut;
  while (true) {
    int status = 0;
    const pid_t waited = ::waitpid(pid, &status, WNOHANG);
    if (waited == pid) {
      drain(pipe, output);
      return ended(status, std::move(output));
    }
    // Somebody else has reaped it, such as a program that ignores SIGCHLD: its status is lost.
    if (waited < 0 && errno == ECHILD) return {ProgramEnd::Kind::kNotStarted, ECHILD, std::move(output)};
    const auto left = std::chrono::ceil<milliseconds>(deadline - delivery::Clock::now());
    if (left <= milliseconds(0)) break;
    if (delivery::interrupted()) {
      killed = ProgramEnd::Kind::kInterrupted;
      break;
    }
    pollfd wait{pipe.is_open() ? pipe.get() : -1, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(std::min(left, kLook).count())) > 0) read_some(pipe, output);
  }
  ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  drain(pipe, output);
  ProgramEnd end = ended(status, std::move(output));
  return {killed, 0, std::move(end.output)};
}

}  // namespace

ProgramEnd run_program(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                       std::string_view input, delivery::Deadline deadline) {
  const Fd file = input_file(input);
  if (!file.is_open()) return {ProgramEnd::Kind::kNotStarted, errno, {}};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {ProgramEnd::Kind::kNotStarted, errno, {}};
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  pid_t pid = 0;
  const int failed = spawn(pid, command, environment, file.get(), theirs.get());
  if (failed != 0) return {ProgramEnd::Kind::kNotStarted, failed, {}};
  theirs.reset();
  return await(pid, std::move(ours), deadline);
}

}  // namespace pmon::notify
