// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pmon::test {

using Milliseconds = std::chrono::milliseconds;

struct ChildOptions {
  std::vector<std::pair<std::string, std::string>> environment;  // besides the test's own
  std::string folder;                                            // to start in; empty: the test's own
  bool discard_output = false;                                   // stdout has no reader: writing to it fails with EPIPE
};

// A program that a test runs: its words in, what it prints, its end. Whatever a test waits for has a deadline,
// and the destructor kills and reaps what still runs. Not thread-safe. Failures to start it throw
// std::system_error, which fails the test.
class Child {
 public:
  // argv[0] is searched for in PATH.
  explicit Child(const std::vector<std::string>& argv, const ChildOptions& options = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  // What it printed until now, as far as the waiting functions below have read it.
  const std::string& out() const { return out_.text; }
  const std::string& err() const { return err_.text; }

  // Until `text` was printed (again, for a second call with the same text); false when that did not happen in
  // time or the program closed its output before.
  [[nodiscard]] bool wait_for_out(std::string_view text, Milliseconds timeout = Milliseconds(10'000));
  [[nodiscard]] bool wait_for_err(std::string_view text, Milliseconds timeout = Milliseconds(10'000));
  // Until it ended, as a shell tells it: its exit status, or 128 + the signal; nothing: it still runs.
  [[nodiscard]] std::optional<int> wait(Milliseconds timeout = Milliseconds(10'000));

  void write(std::string_view text);
  void close_stdin();
  void signal(int number);
  // Valid once wait() told the end.
  const rusage& usage() const { return usage_; }

 private:
  struct Stream {
    int fd = -1;
    std::string text;
    std::size_t searched = 0;  // behind the last text that was waited for
  };
  bool pump(Milliseconds timeout);  // false: both streams are at their end
  bool wait_for(Stream& stream, std::string_view text, Milliseconds timeout);
  bool reap(int flags);

  pid_t pid_ = -1;
  int stdin_ = -1;
  Stream out_;
  Stream err_;
  std::optional<int> status_;
  rusage usage_{};
};

struct Outcome {
  std::optional<int> status;  // as Child::wait(); nothing: killed because it did not end in time
  std::string out;
  std::string err;
  rusage usage{};
};

// Runs it to its end with an empty stdin.
[[nodiscard]] Outcome run(const std::vector<std::string>& argv, Milliseconds timeout = Milliseconds(20'000),
                          const ChildOptions& options = {});

}  // namespace pmon::test
