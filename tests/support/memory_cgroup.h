// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace pmon::test {

// A memory cgroup of either version without swap, removed at the end, when all of its processes have ended.
class MemoryCgroup {
 public:
  explicit MemoryCgroup(std::size_t limit_bytes);
  ~MemoryCgroup();
  MemoryCgroup(const MemoryCgroup&) = delete;
  MemoryCgroup& operator=(const MemoryCgroup&) = delete;

  // False where this host or container lets nobody make one.
  [[nodiscard]] bool made() const { return made_; }
  // A process that writes its pid there enters.
  [[nodiscard]] std::string procs_file() const { return path_ + "/cgroup.procs"; }
  void enter() const;
  // Another limit from now on; false where the kernel does not take it.
  bool set_limit(std::size_t bytes) const;
  [[nodiscard]] std::size_t used_bytes() const;

 private:
  std::string path_;
  bool made_ = false;
};

}  // namespace pmon::test
