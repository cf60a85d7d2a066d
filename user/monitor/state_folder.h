// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "collect/handle.h"
#include "pmon/result.h"

namespace pmon::monitor {

inline constexpr const char* kDefaultStateFolder = "/var/lib/pmon";
inline constexpr mode_t kStateFolderMode = 0750;
inline constexpr mode_t kStateFileMode = 0640;

// Makes the folder where it is missing; the one above it must be there. Errors (kUsage): it cannot be made, or
// is no folder, or others than its owner and its group may write there, or may have made it (/tmp).
[[nodiscard]] Result<void> make_state_folder(const std::string& path);

// An exclusive lock that ends with this object and with the process, however that ends. The file itself stays:
// removing it would let two in. Its text is a note of its holder's, which the next one finds.
class FileLock {
 public:
  // Waits for whoever has it.
  [[nodiscard]] static Result<FileLock> wait(const std::string& path);
  // Errors (kUsage): somebody has it; the message names the pid that the note begins with, and what that one has
  // `taken`.
  [[nodiscard]] static Result<FileLock> try_take(const std::string& path,
                                                 std::string_view taken = "keeps its state there",
                                                 const std::string& remedy = "give each its own --state folder");

  // What the holder before left; "" where it left nothing.
  [[nodiscard]] const std::string& found() const { return found_; }
  // In place of the note there is, if it is not shorter. Not synced: a killed process leaves it, a host that loses its
  // power perhaps not. What goes wrong is not told.
  void note(std::string_view text) const;

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  std::string found_;
};

}  // namespace pmon::monitor
