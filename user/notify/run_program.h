// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "delivery/destination.h"

namespace pmon::notify {

struct ProgramEnd {
  enum class Kind { kExit, kSignal, kTimedOut, kInterrupted, kNotStarted };
  Kind kind = Kind::kNotStarted;
  int number = 0;      // exit status, signal, or errno; 0 when it was killed here
  std::string output;  // the last 1,000 bytes of what it wrote to its standard output and error
};

// Runs a program in a process group of its own, with nothing open but its standard files: `input` as a file, and
// a pipe for both outputs. At the deadline, or when the queue's thread is interrupted(), the whole group is killed;
// what outlives the program otherwise is left alone. Any thread; no signal handlers are touched.
[[nodiscard]] ProgramEnd run_program(const std::vector<std::string>& command,
                                     const std::vector<std::string>& environment, std::string_view input,
                                     delivery::Deadline deadline);

}  // namespace pmon::notify
