// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "pmon/result.h"

namespace pmon {

// Replaces a file as a whole, so that readers, and a start after a crash at any moment, see either the old text
// or the new one: temporary file in the same folder, fsync, rename, fsync of the folder. The temporary file has no name
// until it is whole, and then one that cannot be foreseen; a link in the file's place is replaced, not followed.
// One thread; several writers of one file are in each other's way no more than that the last one wins.
class FileReplacer {
 public:
  // `what` stands before the path in messages: "textfile".
  FileReplacer(std::string what, std::string path, mode_t mode);

  // Tries whether a file can be created there; leaves nothing behind. The error's message is errno's alone.
  [[nodiscard]] Result<void> probe() const;

  // Whatever the umask, the file gets its mode. On an error the last good file stays, no temporary file is left,
  // and the next call tries again.
  [[nodiscard]] Result<void> replace(std::string_view text) const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  std::string what_;
  std::string path_;
  std::string folder_;
  std::string name_;
  mode_t mode_;
};

}  // namespace pmon
