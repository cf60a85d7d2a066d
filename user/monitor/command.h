// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "collect/handle.h"
#include "pmon/result.h"

namespace pmon::monitor {

// A program that is started under watch: forked first, so that it is a target before its first
// instruction, and let go when the kernel side is attached. It outlives pmon when pmon ends first.
class Command {
 public:
  // kUsage where the program is not found or not executable.
  [[nodiscard]] static Result<void> check(const std::vector<std::string>& words);
  // Forks; the child waits. kUsage where the program is not found or not executable.
  [[nodiscard]] static Result<Command> prepare(const std::vector<std::string>& words);

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Lets the child run the program; fails with what exec said.
  [[nodiscard]] Result<void> go();
  // As of the last reap().
  [[nodiscard]] bool running() const { return pid_ > 0; }
  // Collects the exit status if the child has ended, so that it does not stay a zombie.
  void reap();

  Command(Command&& other) noexcept;
  Command& operator=(Command&& other) noexcept;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  // A child that was never let go ends.
  ~Command();

 private:
  Command() = default;
  std::string program_;
  pid_t pid_ = -1;
  Fd gate_;    // closing it without a byte ends the child
  Fd failed_;  // carries exec's errno
};

}  // namespace pmon::monitor
