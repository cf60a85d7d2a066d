// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pmon::cli {

// What /proc and /sys tell about the ground that pmon stands on. Absent: could not be read.
struct HostFacts {
  std::optional<std::string> kernel_release;     // "6.1.0-13-amd64"
  bool btf = false;                              // the kernel describes its types
  std::optional<std::uint64_t> capabilities;     // effective, as bits of linux/capability.h
  std::optional<std::uint64_t> pid_namespace;    // inode
  std::optional<int> unprivileged_bpf_disabled;  // sysctl: 0, 1 or 2
  std::optional<std::string> lockdown;           // "none", "integrity", "confidentiality"
  std::optional<std::uint64_t> locked_memory;    // RLIMIT_MEMLOCK in bytes; absent: no limit
  enum class Cgroups { kNone, kV1, kHybrid, kUnified } cgroups = Cgroups::kNone;
};

// `root` is put in front of /proc and /sys, so that a test can lay out a host of its own.
[[nodiscard]] HostFacts read_host_facts(const std::string& root = "");

// The inode of the host's first pid namespace: PROC_PID_INIT_INO in include/linux/proc_ns.h.
inline constexpr std::uint64_t kHostPidNamespace = 0xEFFFFFFC;

inline constexpr int kCapSysAdmin = 21;
inline constexpr int kCapPerfmon = 38;
inline constexpr int kCapBpf = 39;

}  // namespace pmon::cli
