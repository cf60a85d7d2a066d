// SPDX-License-Identifier: Apache-2.0
#include "collect/kernel_facts.h"

#include <bpf/btf.h>
#include <sys/stat.h>

#include <ctime>
#include <memory>
#include <string>

namespace pmon {

namespace {

// PROC_PID_INIT_INO in include/linux/proc_ns.h: the inode of the first pid namespace.
constexpr ino_t kHostPidNamespace = 0xEFFFFFFC;

struct FreeBtf {
  void operator()(btf* kernel) const { btf__free(kernel); }
};

}  // namespace

Result<void> require_host_pid_namespace() {
  struct stat status {};
  if (stat("/proc/self/ns/pid", &status) != 0 || status.st_ino == kHostPidNamespace) return {};
  return fail(ErrorKind::kUnsupported, "this container has its own pid namespace, so the kernel's pids mean nothing here",
              "start the container with the host's pids: docker run --pid=host, or hostPID: true in the pod");
}

bool kernel_has_tracepoint(const char* tracepoint) {
  static const std::unique_ptr<btf, FreeBtf> kernel(btf__load_vmlinux_btf());
  if (!kernel) return false;
  const std::string name = std::string("btf_trace_") + tracepoint;
  return btf__find_by_name_kind(kernel.get(), name.c_str(), BTF_KIND_TYPEDEF) > 0;
}

unsigned long long boottime_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<unsigned long long>(now.tv_sec) * 1'000'000'000 + static_cast<unsigned long long>(now.tv_nsec);
}

}  // namespace pmon
