// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "pmon/result.h"

namespace pmon {

// Replaces a file as a whole, so that readers, and a start after a crash at any moment, see either the old text
// or the new one: temporary file in the same folder, fsync, rename, fsync of the folder. One thread, and one
// writer for each temporary name.
class FileReplacer {
 public:
  // `what` stands before the path in messages: "textfile". `temporary` is a file name; one that begins with a
  // dot is found by nobody's glob.
  FileReplacer(std::string what, std::string path, const std::string& temporary, mode_t mode);

  // Tries whether a file can be created there; leaves nothing behind. The error's message is errno's alone.
  [[nodiscard]] Result<void> probe() const;

  // Whatever the umask, the file gets its mode. On an error the last good file stays, no temporary file is left,
  // and the next call tries again. The remains of a writer that was killed are no obstacle.
  [[nodiscard]] Result<void> replace(std::string_view text) const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  std::string what_;
  std::string path_;
  std::string folder_;
  std::string temporary_;
  mode_t mode_;
};

}  // namespace pmon
