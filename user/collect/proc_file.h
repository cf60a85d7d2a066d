// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/handle.h"
#include "pmon/result.h"

namespace pmon::proc {

// Where the kernel's file systems are mounted; tests put trees of fixtures in their place.
struct HostPaths {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
};

enum class ReadStatus : std::uint8_t {
  kOk,
  kGone,    // there is no such file, or its process ended while it was read
  kDenied,  // not permitted
  kFailed,  // anything else
};

// A directory of small text files, read whole into one reused buffer. One thread at a time.
class Directory {
 public:
  [[nodiscard]] static Result<Directory> open(const std::string& path);

  // The text is valid until the next read.
  ReadStatus read(const char* relative_path, std::string_view& text);
  // DIRECTORY/PID/FILE.
  ReadStatus read(std::int32_t pid, const char* file, std::string_view& text);
  // Where the symbolic link DIRECTORY/PID/NAME points; false where that cannot be told.
  bool read_link(std::int32_t pid, const char* name, std::string& target) const;
  [[nodiscard]] bool exists(const char* relative_path) const;
  // The names that are numbers, ascending: processes of /proc, threads of /proc/PID/task.
  Result<void> list_pids(std::vector<std::int32_t>& pids, const char* relative_path = ".") const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Directory(std::string path, Fd fd);
  std::string path_;
  Fd fd_;
  std::vector<char> buffer_;
};

}  // namespace pmon::proc
