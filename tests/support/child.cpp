// SPDX-License-Identifier: Apache-2.0
#include "support/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace pmon::test {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* call) { throw std::system_error(errno, std::generic_category(), call); }

struct Pipe {
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
    read_end = ends[0];
    write_end = ends[1];
  }
  int read_end;
  int write_end;
};

// In the child: becomes the program or ends.
[[noreturn]] void become(const std::vector<std::string>& argv, const ChildOptions& options) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(126);
  execvp(words[0], words.data());
  perror(words[0]);
  _exit(127);
}

Milliseconds until(Clock::time_point deadline) {
  return std::max(Milliseconds(0), std::chrono::ceil<Milliseconds>(deadline - Clock::now()));
}

void read_some(int& fd, std::string& text) {
  std::array<char, 65536> buffer;
  const ssize_t count = read(fd, buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    close(fd);
    fd = -1;
  }
}

}  // namespace

Child::Child(const std::vector<std::string>& argv, const ChildOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);  // a child that died fails write() with EPIPE
  const Pipe in;
  const Pipe out;
  const Pipe err;
  pid_ = fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    if (options.discard_output) close(out.read_end);
    dup2(in.read_end, STDIN_FILENO);
    dup2(out.write_end, STDOUT_FILENO);
    dup2(err.write_end, STDERR_FILENO);
    become(argv, options);
  }
  close(in.read_end);
  close(out.write_end);
  close(err.write_end);
  stdin_ = in.write_end;
  out_.fd = out.read_end;
  err_.fd = err.read_end;
  if (options.discard_output) {
    close(out_.fd);
    out_.fd = -1;
  }
}

Child::~Child() {
  if (!status_) {
    kill(pid_, SIGKILL);
    reap(0);
  }
  close_stdin();
  for (const int fd : {out_.fd, err_.fd}) {
    if (fd >= 0) close(fd);
  }
}

bool Child::pump(Milliseconds timeout) {
  if (out_.fd < 0 && err_.fd < 0) return false;
  pollfd streams[] = {{out_.fd, POLLIN, 0}, {err_.fd, POLLIN, 0}};
  if (poll(streams, 2, static_cast<int>(timeout.count())) < 0 && errno != EINTR) fail("poll");
  if (streams[0].revents != 0) read_some(out_.fd, out_.text);
  if (streams[1].revents != 0) read_some(err_.fd, err_.text);
  return true;
}

bool Child::wait_for(Stream& stream, std::string_view text, Milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (true) {
    const std::size_t found = stream.text.find(text, stream.searched);
    if (found != std::string::npos) {
      stream.searched = found + text.size();
      return true;
    }
    if (stream.fd < 0 || until(deadline) == Milliseconds(0)) return false;
    pump(until(deadline));
  }
}

bool Child::wait_for_out(std::string_view text, Milliseconds timeout) { return wait_for(out_, text, timeout); }

bool Child::wait_for_err(std::string_view text, Milliseconds timeout) { return wait_for(err_, text, timeout); }

bool Child::reap(int flags) {
  int status = 0;
  if (wait4(pid_, &status, flags, &usage_) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

std::optional<int> Child::wait(Milliseconds timeout) {
  constexpr Milliseconds kLook(5);  // a program may end and leave its output open to its own children
  const auto deadline = Clock::now() + timeout;
  while (!status_ && !reap(WNOHANG) && until(deadline) > Milliseconds(0)) {
    if (!pump(std::min(kLook, until(deadline)))) usleep(1000);
  }
  if (status_) {
    pollfd streams[] = {{out_.fd, POLLIN, 0}, {err_.fd, POLLIN, 0}};
    while (poll(streams, 2, 0) > 0 && pump(Milliseconds(0))) {
      streams[0].fd = out_.fd;
      streams[1].fd = err_.fd;
    }
  }
  return status_;
}

void Child::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(stdin_, text.data(), text.size());
    if (count < 0 && errno != EINTR) fail("write to the child's stdin");
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Child::close_stdin() {
  if (stdin_ >= 0) close(stdin_);
  stdin_ = -1;
}

void Child::signal(int number) {
  if (!status_) kill(pid_, number);
}

Outcome run(const std::vector<std::string>& argv, Milliseconds timeout, const ChildOptions& options) {
  Child child(argv, options);
  child.close_stdin();
  const std::optional<int> status = child.wait(timeout);
  return {status, child.out(), child.err(), child.usage()};
}

}  // namespace pmon::test
