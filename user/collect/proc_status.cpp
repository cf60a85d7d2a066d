// SPDX-License-Identifier: Apache-2.0
#include "collect/proc_status.h"

#include "collect/proc_scan.h"

namespace pmon::proc {

namespace {

bool parse_ids(std::string_view text, std::array<std::uint32_t, 3>& ids) {
  for (std::uint32_t& id : ids) {
    const auto number = parse_number<std::uint32_t>(next_word(text));
    if (!number) return false;
    id = *number;
  }
  return true;
}

bool parse_pid(std::string_view text, std::int32_t& pid) {
  const auto number = parse_number<std::int32_t>(next_word(text));
  if (!number) return false;
  pid = *number;
  return next_word(text).empty();
}

// "  1234 kB"
bool parse_kilobytes(std::string_view text, std::optional<std::uint64_t>& bytes) {
  const auto number = parse_number<std::uint64_t>(next_word(text));
  if (!number || *number > UINT64_MAX / 1024 || next_word(text) != "kB" || !next_word(text).empty()) return false;
  bytes = *number * 1024;
  return true;
}

struct MemoryLine {
  std::string_view key;
  std::optional<std::uint64_t> Status::*member;
};
constexpr MemoryLine kMemoryLines[] = {
    {"VmSize", &Status::virtual_bytes}, {"VmRSS", &Status::resident_bytes}, {"RssAnon", &Status::anon_bytes},
    {"RssFile", &Status::file_bytes},   {"RssShmem", &Status::shmem_bytes}, {"VmData", &Status::heap_bytes},
    {"VmSwap", &Status::swap_bytes},
};

// "  000001ffffffffff"
bool parse_capabilities(std::string_view text, std::optional<std::uint64_t>& capabilities) {
  capabilities = parse_number<std::uint64_t>(next_word(text), 16);
  return capabilities && next_word(text).empty();
}

bool parse_line(std::string_view key, std::string_view value, Status& status) {
  if (key == "Tgid") return parse_pid(value, status.tgid);
  if (key == "Pid") return parse_pid(value, status.pid);
  if (key == "Uid") return parse_ids(value, status.uids);
  if (key == "Gid") return parse_ids(value, status.gids);
  if (key == "CapPrm") return parse_capabilities(value, status.permitted);
  if (!key.starts_with("Vm") && !key.starts_with("Rss")) return true;
  for (const MemoryLine& line : kMemoryLines) {
    if (key == line.key) return parse_kilobytes(value, status.*line.member);
  }
  return true;
}

}  // namespace

std::optional<Status> parse_status(std::string_view text) {
  if (!text.ends_with('\n')) return std::nullopt;  // cut short
  Status status;
  std::string_view line;
  while (next_line(text, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    if (!parse_line(line.substr(0, colon), line.substr(colon + 1), status)) return std::nullopt;
    if (line.starts_with("VmSwap")) break;  // the last one of interest
  }
  if (status.tgid <= 0 || status.pid <= 0) return std::nullopt;
  return status;
}

}  // namespace pmon::proc
