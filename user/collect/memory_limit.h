// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "collect/proc_file.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::proc {

// How much memory a process may use: the lowest of its cgroup's limit, those of the cgroup's
// ancestors (memory.max, or memory.limit_in_bytes of v1), and the host's memory. One thread at a time.
class MemoryLimits {
 public:
  struct Cgroup;
  // Shared by the processes of one cgroup, and forgotten with the last of them.
  using CgroupRef = std::shared_ptr<Cgroup>;

  // Fails where /proc cannot be opened. Hosts without cgroups are fine.
  [[nodiscard]] static Result<MemoryLimits> open(const HostPaths& paths = {});

  // The cgroup a process is in now; null where that cannot be read: then only the host's memory binds.
  // Processes can be moved, so ask again from time to time.
  [[nodiscard]] CgroupRef cgroup_of(std::int32_t pid);

  // In bytes, read again when the last reading is older than max_age_ms at `now`. Absent where
  // nothing is known to bind.
  [[nodiscard]] std::optional<std::uint64_t> bytes(const CgroupRef& cgroup, Timestamp now, Timestamp max_age_ms);

  [[nodiscard]] std::optional<std::uint64_t> host_bytes() const { return host_bytes_; }
  [[nodiscard]] std::size_t cached() const { return cache_.size(); }

 private:
  explicit MemoryLimits(Directory proc) : proc_(std::move(proc)) {}
  std::optional<std::uint64_t> read_limits(const Cgroup& cgroup);
  std::optional<std::uint64_t> lowest_of_ancestors(const std::string& mount, std::string_view path, const char* file);
  void forget_unused();

  Directory proc_;
  std::optional<Directory> cgroup_;
  std::optional<std::string> v1_mount_;  // below the cgroup directory, "" or with a '/' at its end
  std::optional<std::string> v2_mount_;
  std::optional<std::uint64_t> host_bytes_;
  std::unordered_map<std::string, std::weak_ptr<Cgroup>> cache_;  // by both paths
  std::size_t forget_at_ = 64;                                    // entries
};

}  // namespace pmon::proc
