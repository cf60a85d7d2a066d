// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "pmon/result.h"

namespace pmon {

// Replaces a file as a whole, so that a reader such as node_exporter's textfile collector sees either
// the old text or the new one: temporary file in the same folder, mode 0644, fsync, rename, fsync of
// the folder. One thread. The file stays when the writer goes.
class TextfileWriter {
 public:
  // Errors (kUsage): the path names something that is no regular file, or its folder does not exist or
  // takes no new file; tried by creating a temporary file there.
  [[nodiscard]] static Result<TextfileWriter> open(std::string path);

  // On an error the last good file stays, no temporary file is left, and the next call tries again.
  [[nodiscard]] Result<void> write(std::string_view text) const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TextfileWriter(std::string path);
  std::string path_;
  std::string folder_;
  std::string temporary_;  // hidden, so that nobody's *.prom glob finds it
};

}  // namespace pmon
