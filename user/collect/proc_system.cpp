// SPDX-License-Identifier: Apache-2.0
#include "collect/proc_system.h"

#include "collect/proc_scan.h"

namespace pmon::proc {

std::optional<std::int64_t> parse_boot_time(std::string_view proc_stat) {
  std::string_view line;
  while (next_line(proc_stat, line)) {
    if (line.starts_with("btime ")) return parse_number<std::int64_t>(line.substr(6));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_memory_total(std::string_view meminfo) {
  std::string_view line;
  while (next_line(meminfo, line)) {
    if (!line.starts_with("MemTotal:")) continue;
    line.remove_prefix(9);
    const auto kilobytes = parse_number<std::uint64_t>(next_word(line));
    if (!kilobytes || *kilobytes > UINT64_MAX / 1024 || next_word(line) != "kB") return std::nullopt;
    return *kilobytes * 1024;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> parse_thread_count(std::string_view loadavg) {
  for (int average = 0; average < 3; ++average) (void)next_word(loadavg);
  const std::string_view running = next_word(loadavg);
  const std::size_t slash = running.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return parse_number<std::uint32_t>(running.substr(slash + 1));
}

std::optional<std::string> parse_hidepid(std::string_view mountinfo, std::string_view mount_point) {
  constexpr std::string_view kOption = "hidepid=";
  std::optional<std::string> found;
  std::string_view line;
  while (next_line(mountinfo, line)) {
    for (int field = 0; field < 4; ++field) (void)next_word(line);
    if (next_word(line) != mount_point) continue;
    found.reset();  // a later mount at the same place covers the earlier one
    const std::size_t at = line.find(kOption);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = line.substr(at + kOption.size());
    const std::string_view value = rest.substr(0, rest.find_first_of(", "));
    if (value != "0" && value != "off") found = std::string(value);
  }
  return found;
}

}  // namespace pmon::proc
