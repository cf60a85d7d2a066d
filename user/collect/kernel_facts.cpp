// SPDX-License-Identifier: Apache-2.0
#include "collect/kernel_facts.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "collect/handle.h"
#include "collect/memory_limit.h"

namespace pmon {

namespace {

// PROC_PID_INIT_INO in include/linux/proc_ns.h: the inode of the first pid namespace.
constexpr ino_t kHostPidNamespace = 0xEFFFFFFC;

}  // namespace

Result<void> require_host_pid_namespace() {
  struct stat status {};
  if (stat("/proc/self/ns/pid", &status) != 0 || status.st_ino == kHostPidNamespace) return {};
  return fail(ErrorKind::kUnsupported,
              "this container has its own pid namespace, so the kernel's pids mean nothing here",
              "start the container with the host's pids: docker run --pid=host, or hostPID: true in the pod");
}

bool charges_under_sleeping_locks(const char* release, const char* version) {
  int major = 0;
  int minor = 0;
  if (std::sscanf(release, "%d.%d", &major, &minor) != 2) return false;  // NOLINT(cert-err34-c): it says how many
  return std::string_view(version).find("PREEMPT_RT") != std::string_view::npos &&
         std::pair(major, minor) < std::pair(6, 4);
}

Result<void> require_harmless_charges() {
  utsname kernel{};
  if (uname(&kernel) != 0 || !charges_under_sleeping_locks(kernel.release, kernel.version)) return {};
  auto limits = proc::MemoryLimits::open();
  if (!limits) return std::unexpected(limits.error());
  const auto limit = limits->bytes(limits->cgroup_of(getpid()), 0, 0);
  if (!limit || !limits->host_bytes() || *limit >= *limits->host_bytes()) return {};
  return fail(ErrorKind::kUnsupported,
              "this real-time kernel crashes processes when pmon's hooks reach the memory limit of its cgroup",
              "lift the limit (MemoryMax=infinity by 'systemctl edit pmon'), or use Linux 6.4 or later");
}

bool may_load_bpf() {
  const bpf_insn empty[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
                            {.code = BPF_JMP | BPF_EXIT}};
  const Fd program(bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "empty", "GPL", empty, std::size(empty), nullptr));
  return static_cast<bool>(program);
}

KernelTypes::KernelTypes() : btf_(btf__load_vmlinux_btf()) {}
KernelTypes::~KernelTypes() { btf__free(btf_); }

bool KernelTypes::has_tracepoint(const std::string& tracepoint) const {
  if (btf_ == nullptr) return false;
  return btf__find_by_name_kind(btf_, ("btf_trace_" + tracepoint).c_str(), BTF_KIND_TYPEDEF) > 0;
}

unsigned long long boottime_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<unsigned long long>(now.tv_sec) * 1'000'000'000 + static_cast<unsigned long long>(now.tv_nsec);
}

}  // namespace pmon
