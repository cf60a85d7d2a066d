// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace pmon {

// Why something failed, in the classes that the exit status tells apart.
enum class ErrorKind {
  kUsage,        // the user's words or files are wrong (exit status 2)
  kUnsupported,  // not permitted or not possible here (exit status 3)
  kFailed,       // it went wrong while running (exit status 1)
};

// What failed, on what object, and what the reader can do about it.
struct Error {
  ErrorKind kind = ErrorKind::kFailed;
  std::string message;  // "attach sched_switch: permission denied"; may span lines (a caret under a source line)
  std::string remedy;   // "run as root, or see 'pmon doctor'"; empty where there is none

  // "message (remedy)", the one form in which errors are shown.
  [[nodiscard]] std::string text() const { return remedy.empty() ? message : message + " (" + remedy + ")"; }
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string remedy = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(remedy)});
}

}  // namespace pmon
