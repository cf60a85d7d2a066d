// SPDX-License-Identifier: Apache-2.0
#include "export/textfile.h"

#include <sys/stat.h>

#include <utility>

#include <fmt/format.h>

namespace pmon {

TextfileWriter::TextfileWriter(std::string path) : file_("textfile", std::move(path), 0644) {}

Result<TextfileWriter> TextfileWriter::open(std::string path) {
  TextfileWriter writer(std::move(path));
  struct stat info;
  if (writer.path().empty() || writer.path().ends_with('/') ||
      (::stat(writer.path().c_str(), &info) == 0 && !S_ISREG(info.st_mode))) {
    return fail(ErrorKind::kUsage, fmt::format("textfile '{}': not a regular file", writer.path()),
                "give the name of a file, such as /var/lib/prometheus/node-exporter/pmon.prom");
  }
  if (const auto possible = writer.file_.probe(); !possible) {
    return fail(ErrorKind::kUsage,
                fmt::format("textfile '{}': cannot create a file in '{}': {}", writer.path(), writer.file_.folder(),
                            possible.error().message),
                "create the folder, or give one that may be written");
  }
  return writer;
}

}  // namespace pmon
