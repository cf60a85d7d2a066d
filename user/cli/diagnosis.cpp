// SPDX-License-Identifier: Apache-2.0
#include "cli/diagnosis.h"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "export/text_format.h"

namespace pmon::cli {

namespace {

using State = Check::State;

struct Version {
  int major = 0;
  int minor = 0;
  auto operator<=>(const Version&) const = default;
};

// "bpf: Enable task local storage for tracing programs" (5.13), on which the accounting rests; on arm64 also "bpf,
// arm64: Support more atomic operations" (5.18).
#if defined(__aarch64__)
constexpr Version kOldestKernel{5, 18};
#else
constexpr Version kOldestKernel{5, 13};
#endif

std::optional<Version> version_of(const std::string& release) {
  Version version;
  const char* end = release.data() + release.size();
  const auto major = std::from_chars(release.data(), end, version.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  return std::from_chars(major.ptr + 1, end, version.minor).ec == std::errc{} ? std::optional(version) : std::nullopt;
}

Check kernel(const HostFacts& facts) {
  const auto version = facts.kernel_release ? version_of(*facts.kernel_release) : std::nullopt;
  if (!version) return {"kernel", State::kLimited, "version unknown", "the check of the programs below decides", ""};
  if (*version >= kOldestKernel)
    return {"kernel", State::kOk, *facts.kernel_release, "new enough for eBPF accounting", ""};
  return {"kernel", State::kMissing, *facts.kernel_release,
          fmt::format("no eBPF accounting, which needs {}.{}", kOldestKernel.major, kOldestKernel.minor),
          "a newer kernel; on Debian 11, linux-image-amd64 of bullseye-backports"};
}

Check btf(const HostFacts& facts) {
  if (facts.btf) return {"btf", State::kOk, "/sys/kernel/btf/vmlinux", "programs fit themselves to this kernel", ""};
  return {"btf", State::kMissing, "no /sys/kernel/btf/vmlinux", "no eBPF accounting",
          "a kernel with CONFIG_DEBUG_INFO_BTF=y, as those of Debian, Ubuntu and Fedora are"};
}

Check capabilities(const HostFacts& facts) {
  if (!facts.capabilities) return {"capabilities", State::kLimited, "unknown", "/proc/self/status cannot be read", ""};
  const auto has = [&facts](int capability) { return (*facts.capabilities >> capability & 1U) != 0; };
  if (has(kCapSysAdmin) || (has(kCapBpf) && has(kCapPerfmon))) {
    return {"capabilities", State::kOk, has(kCapSysAdmin) ? "CAP_SYS_ADMIN" : "CAP_BPF and CAP_PERFMON",
            "may load and attach programs", ""};
  }
  const std::string lacking = has(kCapBpf) ? "CAP_PERFMON" : has(kCapPerfmon) ? "CAP_BPF" : "CAP_BPF and CAP_PERFMON";
  return {"capabilities", State::kMissing, "lacks " + lacking, "no eBPF accounting; other users' processes in part",
          "run as root, or grant the capabilities: 'setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search+ep' "
          "on the binary, 'AmbientCapabilities=' in a unit, '--cap-add' for a container"};
}

Check pid_namespace(const HostFacts& facts) {
  if (!facts.pid_namespace) return {"pid_namespace", State::kLimited, "unknown", "/proc/self/ns cannot be read", ""};
  if (*facts.pid_namespace == kHostPidNamespace) {
    return {"pid_namespace", State::kOk, "the host's", "sees every process of the host", ""};
  }
  return {"pid_namespace", State::kMissing, "a container's own",
          "no eBPF accounting, as the kernel counts by the host's pids; only this container's processes",
          "docker run --pid=host, or hostPID: true in the pod"};
}

Check unprivileged_bpf(const HostFacts& facts) {
  const auto value = facts.unprivileged_bpf_disabled;
  return {"unprivileged_bpf", State::kOk,
          !value        ? "unknown"
          : *value == 0 ? "allowed"
                        : "disabled",
          "makes no difference: the programs need capabilities either way", ""};
}

Check lockdown(const HostFacts& facts) {
  if (facts.lockdown.value_or("none") != "confidentiality") {
    return {"lockdown", State::kOk, facts.lockdown.value_or("none"), "programs may read the kernel's counters", ""};
  }
  return {"lockdown", State::kMissing, "confidentiality", "no eBPF accounting: programs may not read kernel memory",
          "boot with lockdown=integrity, or without Secure Boot's lockdown"};
}

Check locked_memory(const HostFacts& facts) {
  const std::string result =
      facts.locked_memory ? format_bytes(static_cast<double>(*facts.locked_memory)) : "unlimited";
  return {"locked_memory", State::kOk, result, "limits maps on kernels before 5.11 only", ""};
}

Check cgroups(const HostFacts& facts) {
  switch (facts.cgroups) {
    case HostFacts::Cgroups::kUnified:
      return {"cgroups", State::kOk, "version 2", "--unit, --cgroup, and the memory limits that bind", ""};
    case HostFacts::Cgroups::kHybrid:
      return {"cgroups", State::kOk, "version 1 with 2 beside it", "--unit, --cgroup, and version 1's memory limits",
              ""};
    case HostFacts::Cgroups::kV1:
      return {"cgroups", State::kLimited, "version 1", "memory limits are known; --unit and --cgroup go by /proc",
              "boot with systemd.unified_cgroup_hierarchy=1"};
    case HostFacts::Cgroups::kNone: break;
  }
  return {"cgroups", State::kLimited, "not mounted", "no --unit, no --cgroup, only the host's memory as limit",
          "mount -t cgroup2 none /sys/fs/cgroup; in a container, give it the host's /sys/fs/cgroup"};
}

void append_features(Diagnosis& diagnosis, const Result<std::vector<Feature>>& features) {
  if (!features) {
    diagnosis.checks.push_back({"programs", State::kMissing, features.error().message,
                                "pmon reads /proc instead: short-lived processes are not seen, and some metrics absent",
                                features.error().remedy});
    return;
  }
  diagnosis.ebpf = true;
  diagnosis.checks.push_back({"programs", State::kOk, "loaded and attached", "every process, from birth to exit", ""});
  for (const Feature& feature : *features) {
    const std::string result = feature.reason.empty() ? std::string(mode_name(feature.mode)) : feature.reason;
    switch (feature.mode) {
      case Feature::Mode::kFull: diagnosis.checks.push_back({feature.name, State::kOk, result, "measured", ""}); break;
      case Feature::Mode::kDegraded:
        diagnosis.checks.push_back({feature.name, State::kLimited, result, "measured in part", ""});
        break;
      case Feature::Mode::kMissing:
        diagnosis.checks.push_back({feature.name, State::kMissing, result, "its metrics are absent", ""});
        break;
    }
  }
}

std::string_view state_name(State state) {
  switch (state) {
    case State::kOk: return "ok";
    case State::kLimited: return "limited";
    case State::kMissing: return "missing";
  }
  return "";
}

}  // namespace

Diagnosis diagnose(const HostFacts& facts, const Result<std::vector<Feature>>& features) {
  Diagnosis diagnosis;
  diagnosis.checks = {kernel(facts),        btf(facts),      capabilities(facts),
                      pid_namespace(facts), lockdown(facts), unprivileged_bpf(facts),
                      locked_memory(facts), cgroups(facts)};
  append_features(diagnosis, features);
  return diagnosis;
}

std::string diagnosis_text(const Diagnosis& diagnosis) {
  constexpr std::size_t kIndent = 9;
  std::string out;
  for (const Check& check : diagnosis.checks) {
    const std::string line = fmt::format("{}: {}", check.name, check.result);
    const std::string wrapped = wrap(line, kIndent);
    out += fmt::format("{:<{}}{}", state_name(check.state), kIndent, std::string_view(wrapped).substr(kIndent));
    if (check.state == State::kOk) continue;
    out += wrap(check.effect, kIndent + 2);
    if (!check.remedy.empty()) out += wrap("remedy: " + check.remedy, kIndent + 2);
  }
  out += diagnosis.ebpf ? "\npmon collects with eBPF here.\n" : "\npmon can only read /proc here.\n";
  return out;
}

std::string diagnosis_json(const Diagnosis& diagnosis) {
  nlohmann::ordered_json out = {{"collector", diagnosis.ebpf ? "ebpf" : "procfs"}};
  auto& checks = out["checks"] = nlohmann::ordered_json::array();
  for (const Check& check : diagnosis.checks) {
    checks.push_back({{"check", check.name},
                      {"state", state_name(check.state)},
                      {"result", check.result},
                      {"effect", check.effect},
                      {"remedy", check.remedy}});
  }
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pmon::cli
