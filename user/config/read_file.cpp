// SPDX-License-Identifier: Apache-2.0
#include "config/read_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>

#include "pmon/errno_text.h"

namespace pmon::config {

Result<std::string> read_file(const std::string& path, const std::string& what) {
  const auto bad = [&](int number) {
    return fail(ErrorKind::kUsage, "read " + what + " " + path + ": " + errno_text(number));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return bad(errno);
  std::string text;
  char buffer[16384];
  for (std::size_t size; (size = std::fread(buffer, 1, sizeof buffer, file.get())) > 0;) text.append(buffer, size);
  if (std::ferror(file.get()) != 0) return bad(errno);
  return text;
}

}  // namespace pmon::config
