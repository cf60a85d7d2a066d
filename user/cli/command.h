// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pmon/result.h"

namespace pmon::cli {

using Words = std::vector<std::string>;

// What scripts rely on.
enum ExitStatus : int {
  kEndedAsAsked = 0,
  kFailedRunning = 1,
  kBadWords = 2,      // or files; nothing was started
  kNotSupported = 3,  // not permitted or not possible here
  kAlertFired = 10,   // with --fail-on-alert
};

[[nodiscard]] int exit_status(ErrorKind kind);

struct Command {
  std::string_view name;
  std::string_view help;  // one line
  // `words` are those behind the command's name. Success carries the exit status; errors are shown by main().
  Result<int> (*run)(const Words& words);
};

// Finds the command among those of this program, which are in the order in which help shows them; runs it, shows its
// error on stderr, and sees to it that what was printed to stdout got there. Ignores SIGPIPE for the whole process.
[[nodiscard]] int main(std::span<const Command> commands, const Words& words);

}  // namespace pmon::cli
