// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pmon::proc {

// "btime" of /proc/stat: when the host booted, in seconds since the epoch.
[[nodiscard]] std::optional<std::int64_t> parse_boot_time(std::string_view proc_stat);

// "MemTotal" of /proc/meminfo in bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_memory_total(std::string_view meminfo);

// How many threads the host has: the number behind the slash of /proc/loadavg.
[[nodiscard]] std::optional<std::uint32_t> parse_thread_count(std::string_view loadavg);

// The option hidepid of the mount at `mount_point`, from /proc/self/mountinfo ("1", "invisible" …);
// absent where processes are not hidden.
[[nodiscard]] std::optional<std::string> parse_hidepid(std::string_view mountinfo, std::string_view mount_point);

}  // namespace pmon::proc
