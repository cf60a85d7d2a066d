// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "pmon/file_replacer.h"
#include "pmon/result.h"

namespace pmon {

// A file for a reader such as node_exporter's textfile collector: mode 0644, replaced as FileReplacer does it.
// One thread. The file stays when the writer goes.
class TextfileWriter {
 public:
  // Errors (kUsage): the path names something that is no regular file, or its folder does not exist or
  // takes no new file; tried by creating a temporary file there.
  [[nodiscard]] static Result<TextfileWriter> open(std::string path);

  // On an error the last good file stays, no temporary file is left, and the next call tries again.
  [[nodiscard]] Result<void> write(std::string_view text) const { return file_.replace(text); }

  [[nodiscard]] const std::string& path() const { return file_.path(); }

 private:
  explicit TextfileWriter(std::string path);
  FileReplacer file_;
};

}  // namespace pmon
