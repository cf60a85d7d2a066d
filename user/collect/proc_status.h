// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pmon::proc {

// /proc/PID/status. Memory is in bytes and absent where the process has none of its own any more (it
// ended, or its leading thread did).
struct Status {
  std::int32_t tgid = 0;
  std::int32_t pid = 0;
  std::array<std::uint32_t, 3> uids{};  // real, effective, saved
  std::array<std::uint32_t, 3> gids{};
  std::optional<std::uint64_t> permitted;       // CapPrm, where no line of memory ends the reading before it
  std::optional<std::uint64_t> virtual_bytes;   // VmSize
  std::optional<std::uint64_t> resident_bytes;  // VmRSS
  std::optional<std::uint64_t> anon_bytes;      // RssAnon
  std::optional<std::uint64_t> file_bytes;      // RssFile
  std::optional<std::uint64_t> shmem_bytes;     // RssShmem
  std::optional<std::uint64_t> heap_bytes;      // VmData: private and writable, stacks left out
  std::optional<std::uint64_t> swap_bytes;      // VmSwap
};

// Absent when the text is cut short or is not what the kernel writes. Unknown lines are left alone:
// every kernel adds some.
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

}  // namespace pmon::proc
