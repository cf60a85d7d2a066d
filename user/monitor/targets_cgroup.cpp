// SPDX-License-Identifier: Apache-2.0
#include "monitor/targets_cgroup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <vector>

#include "collect/proc_cgroup.h"

namespace pmon::monitor {

namespace {

namespace fs = std::filesystem;

bool present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool v2_only(const proc::HostPaths& paths) { return present(fs::path(paths.cgroup) / "cgroup.controllers"); }

// The names of the v1 hierarchies, and "unified"; sorted. None where only v2 is mounted.
std::vector<std::string> hierarchies(const proc::HostPaths& paths) {
  std::vector<std::string> names;
  if (v2_only(paths)) return names;
  std::error_code error;
  for (fs::directory_iterator it(paths.cgroup, error), end; !error && it != end; it.increment(error)) {
    if (present(it->path() / "cgroup.procs")) names.push_back(it->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

// systemd keeps its units in its own v1 hierarchy, in v2, or in both.
bool unit_is_active(const std::string& unit, const proc::HostPaths& paths) {
  const fs::path root(paths.cgroup);
  const std::vector<fs::path> trees =
      v2_only(paths) ? std::vector<fs::path>{root} : std::vector<fs::path>{root / "systemd", root / "unified"};
  for (const fs::path& tree : trees) {
    std::error_code error;
    fs::recursive_directory_iterator it(tree, fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      std::error_code ignored;
      if (it->path().filename() == unit && it->is_directory(ignored)) return true;
    }
  }
  return false;
}

std::string with_suffix(const std::string& unit) {
  constexpr std::array<std::string_view, 6> kSuffixes = {".service", ".scope", ".slice", ".socket", ".mount", ".swap"};
  const bool has_one = std::ranges::any_of(kSuffixes, [&unit](auto suffix) { return unit.ends_with(suffix); });
  return has_one ? unit : unit + ".service";
}

bool is_hierarchy(const proc::CgroupLine& line, std::string_view name) {
  if (line.unified()) return name == "unified";
  if (line.controllers.starts_with("name=")) return line.controllers.substr(5) == name;
  return line.controllers == name || line.has_controller(name.substr(0, name.find(',')));
}

// Below /sys/fs/cgroup, without slashes at the ends.
std::string relative_to_mount(std::string_view path, const proc::HostPaths& paths) {
  for (const std::string_view prefix : {std::string_view(paths.cgroup), std::string_view("/sys/fs/cgroup")}) {
    if (!proc::is_within(path, prefix)) continue;
    path.remove_prefix(prefix.size());
    break;
  }
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

}  // namespace

Result<CgroupMatch> CgroupMatch::of_unit(const std::string& unit, const proc::HostPaths& paths, bool may_be_absent) {
  if (unit.empty() || unit.find('/') != std::string::npos) {
    return fail(ErrorKind::kUsage, fmt::format("--unit '{}' is not the name of a unit", unit),
                "for example --unit nginx.service; for a path use --cgroup");
  }
  CgroupMatch match;
  match.unit_ = with_suffix(unit);
  if (!may_be_absent && !unit_is_active(match.unit_, paths)) {
    return fail(ErrorKind::kUsage, fmt::format("unit {} is not active here", match.unit_),
                fmt::format("see 'systemctl status {}'; start it, or add --wait", match.unit_));
  }
  return match;
}

Result<CgroupMatch> CgroupMatch::of_path(const std::string& path, const proc::HostPaths& paths, bool may_be_absent) {
  const std::string relative = relative_to_mount(path, paths);
  if (path.empty() || (std::string("/") + relative + "/").find("/../") != std::string::npos) {
    return fail(ErrorKind::kUsage, fmt::format("--cgroup '{}' is not the path of a cgroup", path),
                "for example --cgroup /system.slice/nginx.service");
  }
  const fs::path root(paths.cgroup);
  CgroupMatch match;
  match.path_ = "/" + relative;
  const std::vector<std::string> mounted = hierarchies(paths);
  const std::string first = relative.substr(0, relative.find('/'));
  if (std::ranges::binary_search(mounted, first)) {
    match.hierarchy_ = first;
    match.path_ = "/" + relative.substr(std::min(first.size() + 1, relative.size()));
  }
  bool known = may_be_absent;
  if (mounted.empty() || !match.hierarchy_.empty()) {
    known = known || present(root / relative);
  } else {
    known = known || std::ranges::any_of(mounted, [&](const auto& name) { return present(root / name / relative); });
  }
  if (known) return match;
  return fail(ErrorKind::kUsage, fmt::format("no cgroup {} below {}", match.path_, paths.cgroup),
              "see 'systemd-cgls' or the third field of /proc/PID/cgroup; add --wait if it comes later");
}

bool CgroupMatch::matches(std::string_view proc_cgroup) const {
  const auto lines = proc::parse_cgroup(proc_cgroup);
  if (!lines) return false;
  return std::ranges::any_of(*lines, [this](const proc::CgroupLine& line) {
    if (!unit_.empty()) return proc::has_component(line.path, unit_);
    return (hierarchy_.empty() || is_hierarchy(line, hierarchy_)) && proc::is_within(line.path, path_);
  });
}

}  // namespace pmon::monitor
