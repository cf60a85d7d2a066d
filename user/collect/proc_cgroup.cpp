// SPDX-License-Identifier: Apache-2.0
#include "collect/proc_cgroup.h"

#include <cstdint>

#include "collect/proc_scan.h"

namespace pmon::proc {

namespace {

// Calls visit with each piece until it returns true, and says whether one did.
template <typename Visit>
bool any_piece(std::string_view text, char separator, Visit visit) {
  while (true) {
    const std::size_t end = text.find(separator);
    if (visit(text.substr(0, end))) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

bool CgroupLine::has_controller(std::string_view name) const {
  return any_piece(controllers, ',', [name](std::string_view piece) { return piece == name; });
}

std::optional<std::vector<CgroupLine>> parse_cgroup(std::string_view text) {
  std::vector<CgroupLine> lines;
  std::string_view line;
  while (next_line(text, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos || !parse_number<std::uint32_t>(line.substr(0, first))) return std::nullopt;
    const CgroupLine parsed{line.substr(first + 1, second - first - 1), line.substr(second + 1)};
    if (!parsed.path.starts_with('/')) return std::nullopt;
    lines.push_back(parsed);
  }
  return lines;
}

bool has_component(std::string_view path, std::string_view name) {
  return any_piece(path, '/', [name](std::string_view piece) { return !piece.empty() && piece == name; });
}

bool is_within(std::string_view path, std::string_view ancestor) {
  while (ancestor.ends_with('/')) ancestor.remove_suffix(1);
  return path.starts_with(ancestor) && (path.size() == ancestor.size() || path[ancestor.size()] == '/');
}

}  // namespace pmon::proc
