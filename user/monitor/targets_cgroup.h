// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "collect/proc_file.h"
#include "pmon/result.h"

namespace pmon::monitor {

// Which processes lie in a cgroup, told from the text of /proc/PID/cgroup.
class CgroupMatch {
 public:
  // A systemd unit: the cgroup of that name, wherever it lies. "nginx" is nginx.service. An error
  // where the unit is not active; with may_be_absent it may become so later.
  [[nodiscard]] static Result<CgroupMatch> of_unit(const std::string& unit, const proc::HostPaths& paths,
                                                   bool may_be_absent);
  // A path below a hierarchy's root, or below /sys/fs/cgroup, with or without that prefix; v1 or v2.
  [[nodiscard]] static Result<CgroupMatch> of_path(const std::string& path, const proc::HostPaths& paths,
                                                   bool may_be_absent);

  [[nodiscard]] bool matches(std::string_view proc_cgroup) const;
  [[nodiscard]] const std::string& unit() const { return unit_; }  // "" for a path
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string unit_;
  std::string path_;       // from the root of the hierarchy
  std::string hierarchy_;  // as its mount is called: "memory", "unified"; "" is any
};

}  // namespace pmon::monitor
