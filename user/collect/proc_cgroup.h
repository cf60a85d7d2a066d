// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace pmon::proc {

// A line of /proc/PID/cgroup: the cgroup of the process in one hierarchy.
struct CgroupLine {
  std::string_view controllers;  // "memory", "cpu,cpuacct", "name=systemd"; "" is the v2 hierarchy
  std::string_view path;         // from the root of the hierarchy, begins with '/'

  [[nodiscard]] bool unified() const { return controllers.empty(); }
  [[nodiscard]] bool has_controller(std::string_view name) const;
};

// Views into `text`. Absent when a line is not what the kernel writes.
[[nodiscard]] std::optional<std::vector<CgroupLine>> parse_cgroup(std::string_view text);

// Whether one of the path's components is `name`: "/system.slice/nginx.service" has "nginx.service".
[[nodiscard]] bool has_component(std::string_view path, std::string_view name);
// Whether `path` is `ancestor` or lies below it.
[[nodiscard]] bool is_within(std::string_view path, std::string_view ancestor);

}  // namespace pmon::proc
