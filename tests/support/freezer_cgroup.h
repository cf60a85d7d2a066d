// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

namespace pmon::test {

// A cgroup of the second hierarchy whose processes can be frozen; thawed and removed at the end, when they have ended.
class FreezerCgroup {
 public:
  FreezerCgroup();
  ~FreezerCgroup();
  FreezerCgroup(const FreezerCgroup&) = delete;
  FreezerCgroup& operator=(const FreezerCgroup&) = delete;

  // False where this host or container lets nobody make one.
  [[nodiscard]] bool made() const { return !path_.empty(); }
  // False when the kernel did not take it.
  [[nodiscard]] bool add(pid_t pid) const;
  // Until the kernel says that all are frozen; false after two seconds.
  [[nodiscard]] bool freeze() const;
  [[nodiscard]] bool thaw() const;

 private:
  std::string path_;
};

}  // namespace pmon::test
