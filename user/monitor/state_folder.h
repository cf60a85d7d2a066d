// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "collect/handle.h"
#include "pmon/result.h"

namespace pmon::monitor {

inline constexpr const char* kDefaultStateFolder = "/var/lib/pmon";
inline constexpr mode_t kStateFolderMode = 0750;
inline constexpr mode_t kStateFileMode = 0640;

// Makes the folder where it is missing; the one above it must be there. Errors (kUsage): it cannot be made, or
// is no folder.
[[nodiscard]] Result<void> make_state_folder(const std::string& path);

// An exclusive lock that ends with this object and with the process, however that ends. The file itself stays:
// removing it would let two in.
class FileLock {
 public:
  // Waits for whoever has it.
  [[nodiscard]] static Result<FileLock> wait(const std::string& path);
  // Errors (kUsage): somebody has it; the message has the pid that try_take() wrote down.
  [[nodiscard]] static Result<FileLock> try_take(const std::string& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace pmon::monitor
