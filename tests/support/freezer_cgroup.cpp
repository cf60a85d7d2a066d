// SPDX-License-Identifier: Apache-2.0
#include "support/freezer_cgroup.h"

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

// cgroup.events tells "frozen 0" or "frozen 1".
bool becomes(const std::string& path, int frozen) {
  const std::string wanted = "frozen " + std::to_string(frozen);
  for (int attempt = 0; attempt < 200; ++attempt) {
    std::ifstream events(path + "/cgroup.events");
    for (std::string line; std::getline(events, line);) {
      if (line == wanted) return true;
    }
    usleep(10'000);
  }
  return false;
}

}  // namespace

FreezerCgroup::FreezerCgroup() {
  for (const char* root : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    const std::string path = std::string(root) + "/pmon-freeze-" + std::to_string(getpid());
    if (mkdir(path.c_str(), 0755) != 0) continue;
    if (access((path + "/cgroup.freeze").c_str(), W_OK) == 0) {
      path_ = path;
      return;
    }
    rmdir(path.c_str());
  }
}

FreezerCgroup::~FreezerCgroup() {
  if (!made()) return;
  (void)thaw();
  for (int attempt = 0; rmdir(path_.c_str()) != 0 && attempt < 100; ++attempt) usleep(10'000);
}

bool FreezerCgroup::add(pid_t pid) const { return write_file(path_ + "/cgroup.procs", std::to_string(pid)); }
bool FreezerCgroup::freeze() const { return write_file(path_ + "/cgroup.freeze", "1") && becomes(path_, 1); }
bool FreezerCgroup::thaw() const { return write_file(path_ + "/cgroup.freeze", "0") && becomes(path_, 0); }

}  // namespace pmon::test
