// SPDX-License-Identifier: Apache-2.0
#include "cli/host_facts.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace pmon::cli {

namespace {

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? std::optional(line) : std::nullopt;
}

template <typename T>
std::optional<T> number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end != text.data() ? std::optional(value) : std::nullopt;
}

std::optional<std::uint64_t> effective_capabilities(const std::string& root) {
  std::ifstream file(root + "/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("CapEff:\t")) return number<std::uint64_t>(std::string_view(line).substr(8), 16);
  }
  return std::nullopt;
}

// The link reads "pid:[4026531836]".
std::optional<std::uint64_t> pid_namespace(const std::string& root) {
  std::error_code error;
  const std::string link = std::filesystem::read_symlink(root + "/proc/self/ns/pid", error).string();
  if (error || !link.starts_with("pid:[")) return std::nullopt;
  return number<std::uint64_t>(std::string_view(link).substr(5));
}

// "none [integrity] confidentiality"
std::optional<std::string> lockdown(const std::string& root) {
  const auto line = first_line(root + "/sys/kernel/security/lockdown");
  if (!line) return std::nullopt;
  const std::size_t open = line->find('[');
  const std::size_t close = line->find(']', open);
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  return line->substr(open + 1, close - open - 1);
}

HostFacts::Cgroups cgroups(const std::string& root) {
  std::error_code error;
  const std::string mount = root + "/sys/fs/cgroup";
  if (std::filesystem::exists(mount + "/cgroup.controllers", error)) return HostFacts::Cgroups::kUnified;
  if (std::filesystem::exists(mount + "/unified/cgroup.controllers", error)) return HostFacts::Cgroups::kHybrid;
  if (std::filesystem::exists(mount + "/memory", error)) return HostFacts::Cgroups::kV1;
  return HostFacts::Cgroups::kNone;
}

}  // namespace

HostFacts read_host_facts(const std::string& root) {
  HostFacts facts;
  facts.kernel_release = first_line(root + "/proc/sys/kernel/osrelease");
  facts.btf = ::access((root + "/sys/kernel/btf/vmlinux").c_str(), R_OK) == 0;
  facts.capabilities = effective_capabilities(root);
  facts.pid_namespace = pid_namespace(root);
  if (const auto line = first_line(root + "/proc/sys/kernel/unprivileged_bpf_disabled")) {
    facts.unprivileged_bpf_disabled = number<int>(*line);
  }
  facts.lockdown = lockdown(root);
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) facts.locked_memory = limit.rlim_cur;
  facts.cgroups = cgroups(root);
  return facts;
}

}  // namespace pmon::cli
