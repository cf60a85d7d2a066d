// SPDX-License-Identifier: Apache-2.0
#include "support/memory_cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace pmon::test {

namespace {

bool write_file(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return written;
}

}  // namespace

MemoryCgroup::MemoryCgroup(std::size_t limit_bytes) {
  for (const char* root : {"/sys/fs/cgroup/memory", "/sys/fs/cgroup"}) {
    path_ = std::string(root) + "/pmon-test-" + std::to_string(getpid());
    write_file(std::string(root) + "/cgroup.subtree_control", "+memory");
    if (mkdir(path_.c_str(), 0755) != 0) continue;
    if (set_limit(limit_bytes)) {
      write_file(path_ + "/memory.swap.max", "0");
      made_ = true;
      return;
    }
    rmdir(path_.c_str());
  }
}

MemoryCgroup::~MemoryCgroup() {
  for (int attempt = 0; made_ && rmdir(path_.c_str()) != 0 && attempt < 100; ++attempt) usleep(10'000);
}

bool MemoryCgroup::set_limit(std::size_t bytes) const {
  const std::string limit = std::to_string(bytes);
  return write_file(path_ + "/memory.limit_in_bytes", limit) || write_file(path_ + "/memory.max", limit);
}

std::size_t MemoryCgroup::used_bytes() const {
  std::size_t bytes = 0;
  for (const char* name : {"/memory.usage_in_bytes", "/memory.current"}) {
    if (std::ifstream(path_ + name) >> bytes) break;
  }
  return bytes;
}

void MemoryCgroup::enter() const { write_file(procs_file(), std::to_string(getpid())); }

}  // namespace pmon::test
