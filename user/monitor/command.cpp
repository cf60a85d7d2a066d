// SPDX-License-Identifier: Apache-2.0
#include "monitor/command.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "monitor/event_loop.h"
#include "pmon/environment.h"
#include "pmon/errno_text.h"

namespace pmon::monitor {

namespace {

constexpr int kNotFound = 127;  // as a shell's

bool is_executable(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

// As execvp(3) will look for it.
bool can_find(const std::string& program) {
  if (program.find('/') != std::string::npos) return is_executable(program);
  const std::string path = environment("PATH").value_or("/bin:/usr/bin");
  std::string_view rest = path;
  while (true) {
    const std::size_t colon = rest.find(':');
    const std::string folder(rest.substr(0, colon));
    if (is_executable((folder.empty() ? "." : folder) + "/" + program)) return true;
    if (colon == std::string_view::npos) return false;
    rest.remove_prefix(colon + 1);
  }
}

[[noreturn]] void run_child(const std::vector<std::string>& words, int gate, int failed) {
  // Until it is that program, it is at least called so.
  prctl(PR_SET_NAME, words[0].substr(words[0].rfind('/') + 1).c_str());
  char byte = 0;
  if (read(gate, &byte, 1) != 1) _exit(kNotFound);
  restore_signals();
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  const int error = errno;
  (void)!write(failed, &error, sizeof error);
  _exit(kNotFound);
}

}  // namespace

Result<void> Command::check(const std::vector<std::string>& words) {
  if (can_find(words.front())) return {};
  return fail(ErrorKind::kUsage, "cannot run '" + words.front() + "': no such program, or it is not executable",
              "give its path, or see $PATH");
}

Result<Command> Command::prepare(const std::vector<std::string>& words) {
  if (auto found = check(words); !found) return std::unexpected(found.error());
  int gate[2];
  int failed[2];
  if (pipe2(gate, O_CLOEXEC) != 0 || pipe2(failed, O_CLOEXEC) != 0) return fail_errno(errno, "create a pipe");
  const Fd gate_read(gate[0]);
  const Fd failed_write(failed[1]);
  Command command;
  command.program_ = words.front();
  command.gate_.reset(gate[1]);
  command.failed_.reset(failed[0]);
  command.pid_ = fork();
  if (command.pid_ < 0) return fail_errno(errno, "start '" + words.front() + "'");
  if (command.pid_ == 0) {
    command.gate_.reset();  // else the child would wait for itself
    run_child(words, gate_read.get(), failed_write.get());
  }
  return command;
}

Result<void> Command::go() {
  if (write(gate_.get(), "g", 1) != 1) return fail_errno(errno, "start '" + program_ + "'");
  gate_.reset();
  int error = 0;
  if (read(failed_.get(), &error, sizeof error) == sizeof error) {
    return fail(ErrorKind::kUsage, "cannot run '" + program_ + "': " + errno_text(error));
  }
  return {};
}

void Command::reap() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
}

Command::Command(Command&& other) noexcept
    : program_(std::move(other.program_)),
      pid_(std::exchange(other.pid_, -1)),
      gate_(std::move(other.gate_)),
      failed_(std::move(other.failed_)) {}

Command& Command::operator=(Command&& other) noexcept {
  program_ = std::move(other.program_);
  pid_ = std::exchange(other.pid_, -1);
  gate_ = std::move(other.gate_);
  failed_ = std::move(other.failed_);
  return *this;
}

Command::~Command() {
  if (!gate_ || pid_ <= 0) return;
  gate_.reset();
  waitpid(pid_, nullptr, 0);
}

}  // namespace pmon::monitor
