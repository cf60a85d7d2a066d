// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mount.h>

#include <cstddef>
#include <string>

#include "../../fixtures/file_tree.h"

namespace pmon::delivery::test {

// A file system of a few blocks, to be filled or made read-only; needs CAP_SYS_ADMIN.
class SmallDisk {
 public:
  explicit SmallDisk(std::size_t bytes) {
    const std::string size = "mode=0700,size=" + std::to_string(bytes);
    mounted_ = mount("tmpfs", path().c_str(), "tmpfs", 0, size.c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }

  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string path() const { return files_.path("disk"); }
  // Fails where a file is open for writing.
  bool make_read_only(bool yes) const {
    unsigned long flags = MS_REMOUNT;
    if (yes) flags |= MS_RDONLY;
    return mount(nullptr, path().c_str(), nullptr, flags, "mode=0700") == 0;
  }

 private:
  fixtures::FileTree files_{{"disk/", ""}};
  bool mounted_ = false;
};

}  // namespace pmon::delivery::test
