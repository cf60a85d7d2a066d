// SPDX-License-Identifier: Apache-2.0
#include "collect/memory_limit.h"

#include <algorithm>
#include <utility>

#include "collect/proc_cgroup.h"
#include "collect/proc_scan.h"
#include "collect/proc_system.h"

namespace pmon::proc {

struct MemoryLimits::Cgroup {
  std::string v1_path;  // "" where the process is in no such hierarchy
  std::string v2_path;
  std::optional<std::uint64_t> limit;
  std::optional<Timestamp> read_at;
};

namespace {

// v1 says 'unlimited' with the largest multiple of the page size that fits; no host has as much.
constexpr std::uint64_t kUnlimited = std::uint64_t{1} << 62;

std::optional<std::uint64_t> lower(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  if (!a) return b;
  return b ? std::min(*a, *b) : a;
}

}  // namespace

Result<MemoryLimits> MemoryLimits::open(const HostPaths& paths) {
  auto directory = Directory::open(paths.proc);
  if (!directory) return std::unexpected(directory.error());
  MemoryLimits limits(std::move(*directory));
  std::string_view text;
  if (limits.proc_.read("meminfo", text) == ReadStatus::kOk) limits.host_bytes_ = parse_memory_total(text);
  if (auto cgroup = Directory::open(paths.cgroup)) {
    limits.cgroup_ = std::move(*cgroup);
    if (limits.cgroup_->exists("cgroup.controllers")) {
      limits.v2_mount_ = "";
    } else if (limits.cgroup_->exists("unified/cgroup.controllers")) {
      limits.v2_mount_ = "unified/";
    }
    if (limits.cgroup_->exists("memory/memory.limit_in_bytes")) limits.v1_mount_ = "memory/";
  }
  return limits;
}

MemoryLimits::CgroupRef MemoryLimits::cgroup_of(std::int32_t pid) {
  std::string_view text;
  if (proc_.read(pid, "cgroup", text) != ReadStatus::kOk) return nullptr;
  const auto lines = parse_cgroup(text);
  if (!lines) return nullptr;
  std::string_view v1_path;
  std::string_view v2_path;
  for (const CgroupLine& line : *lines) {
    if (line.unified()) v2_path = line.path;
    if (line.has_controller("memory")) v1_path = line.path;
  }
  std::string key(v1_path);
  key += '\0';
  key += v2_path;
  std::weak_ptr<Cgroup>& cached = cache_[key];
  if (CgroupRef cgroup = cached.lock()) return cgroup;
  auto cgroup = std::make_shared<Cgroup>();
  cgroup->v1_path = v1_path;
  cgroup->v2_path = v2_path;
  cached = cgroup;
  if (cache_.size() >= forget_at_) forget_unused();
  return cgroup;
}

std::optional<std::uint64_t> MemoryLimits::bytes(const CgroupRef& cgroup, Timestamp now, Timestamp max_age_ms) {
  if (!cgroup) return host_bytes_;
  // A clock that was set back must not keep an old reading alive.
  const bool fresh = cgroup->read_at && now >= *cgroup->read_at && now - *cgroup->read_at <= max_age_ms;
  if (!fresh) {
    cgroup->limit = read_limits(*cgroup);
    cgroup->read_at = now;
  }
  return lower(cgroup->limit, host_bytes_);
}

std::optional<std::uint64_t> MemoryLimits::read_limits(const Cgroup& cgroup) {
  std::optional<std::uint64_t> limit;
  if (v1_mount_) limit = lowest_of_ancestors(*v1_mount_, cgroup.v1_path, "memory.limit_in_bytes");
  if (v2_mount_) limit = lower(limit, lowest_of_ancestors(*v2_mount_, cgroup.v2_path, "memory.max"));
  return limit;
}

// The root is asked too: inside a cgroup namespace it is the container's own cgroup. Directories that
// are not there (a cgroup just removed, a path outside the namespace) do not bind.
std::optional<std::uint64_t> MemoryLimits::lowest_of_ancestors(const std::string& mount, std::string_view path,
                                                               const char* file) {
  if (path.empty()) return std::nullopt;
  std::optional<std::uint64_t> lowest;
  if (path.starts_with("/..")) path = "/";  // outside this cgroup namespace
  path.remove_prefix(1);
  while (true) {
    std::string name = mount;
    name += path;
    if (!path.empty()) name += '/';
    name += file;
    std::string_view text;
    if (cgroup_->read(name.c_str(), text) == ReadStatus::kOk) {
      if (text.ends_with('\n')) text.remove_suffix(1);
      const auto value = parse_number<std::uint64_t>(text);  // "max" is no number
      if (value && *value < kUnlimited) lowest = lower(lowest, value);
    }
    if (path.empty()) return lowest;
    const std::size_t slash = path.rfind('/');
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
}

// Doubling the threshold keeps the cost of forgetting constant per cgroup seen.
void MemoryLimits::forget_unused() {
  std::erase_if(cache_, [](const auto& entry) { return entry.second.expired(); });
  forget_at_ = std::max<std::size_t>(64, 2 * cache_.size());
}

}  // namespace pmon::proc
